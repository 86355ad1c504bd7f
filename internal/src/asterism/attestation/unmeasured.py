"""Values that say `nothing was measured`: one rule for policies and for evidence (V07)."""


def is_constant(value: bytes) -> bool:
    """Whether all bytes are equal, or there are none.

    Registers begin as all zeros or all ones, and mocks and debug modes fill digests that way. A
    real digest of 32 bytes looks so once in 2 ** 248 times.
    """
    return len(set(value)) < 2
