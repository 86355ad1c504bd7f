"""Response codes are told by name."""

import pytest

from asterism.tpm.responses import TpmResponseError, describe


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (0x100, "TPM_RC_INITIALIZE"),
        (0x902, "TPM_RC_OBJECT_MEMORY"),
        (0x2C4, "TPM_RC_VALUE, parameter 2"),
        (0x98E, "TPM_RC_AUTH_FAIL, session 1"),
        (0x185, "TPM_RC_HIERARCHY, handle 1"),
        (0x7FF, "TPM_RC_0x3f, parameter 7"),
        (0x177, "TPM_RC_0x177"),
    ],
)
def test_code_is_described(code: int, meaning: str) -> None:
    """Name and culprit are those of the specification; unknown codes stay numbers."""
    assert describe(code) == meaning


def test_error_carries_the_code() -> None:
    """Callers can tell codes apart without reading text."""
    error = TpmResponseError("TPM2_QUOTE", 0x902)
    assert (error.error_id, error.code) == ("MCH-102", 0x902)
