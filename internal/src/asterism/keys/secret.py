"""A wrapper that keeps secret bytes out of logs, tracebacks and reprs."""

import hmac

from typing_extensions import override


class Secret:
    """Secret bytes. `reveal` is the only way to them; comparison takes constant time."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes, for the one place that needs them."""
        return self._value

    @override
    def __repr__(self) -> str:
        return "<redacted>"

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a hash would leak equality

    @override
    def __reduce__(self) -> str:
        msg = "a secret is not pickled"
        raise TypeError(msg)
