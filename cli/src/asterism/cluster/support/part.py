"""One part of a bundle: a name in it and how its content is had."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    """Something to read. `read` raises Error, OSError or LookupError when it cannot be had."""

    name: str
    """Path in the bundle."""
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Collected:
    """A part as it goes into the bundle, redacted; or why it does not."""

    name: str
    content: bytes = b""
    why_not: str = ""
    redactions: dict[str, int] = field(default_factory=dict)
    """How often each kind of secret was taken out."""
    cut: int = 0
    """Bytes left out at the beginning of what is too long."""

    def document(self) -> dict[str, object]:
        """The part's line in the index."""
        if self.why_not:
            return {"name": self.name, "unread": self.why_not}
        line: dict[str, object] = {"name": self.name, "bytes": len(self.content)}
        if self.redactions:
            line["redacted"] = self.redactions
        if self.cut:
            line["cut"] = self.cut
        return line
