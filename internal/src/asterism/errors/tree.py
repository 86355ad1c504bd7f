"""The exception classes; see the package docstring for the tree."""

from collections.abc import Iterable
from dataclasses import dataclass

from typing_extensions import override

from asterism.errors.catalogue import entry
from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode


class Error(Exception):
    """A foreseen failure with a stable ID.

    `error_id` must be in the catalogue. `detail` says what happened this time, in one sentence,
    without a final stop. `facts` are shown as `name: value` lines.
    """

    def __init__(self, error_id: str, detail: str, /, **facts: str) -> None:
        super().__init__(error_id, detail)
        self.error_id = error_id
        self.detail = _speakable(detail)
        self.facts = {name: _speakable(value) for name, value in facts.items()}

    @property
    def entry(self) -> Entry:
        """Cause, hint and exit code of this error's ID."""
        return entry(self.error_id)

    @property
    def exit_code(self) -> ExitCode:
        """What the command line exits with."""
        return self.entry.exit_code

    @property
    def hint(self) -> str:
        """What to do about it."""
        return self.entry.hint

    @override
    def __str__(self) -> str:
        """`[ID] detail`, the form that logs carry."""
        return f"[{self.error_id}] {self.detail}"


def _speakable(text: str) -> str:
    """`text` with escapes for what UTF-8 cannot say, as JSON and arguments may bring it."""
    return text.encode(errors="backslashreplace").decode()


class UserError(Error):
    """The caller can mend it."""


class ProvisionError(Error):
    """Something real could not be brought to the wanted state."""


class InternalError(Error):
    """A state that our own code should make impossible."""


class ProtocolError(Error):
    """A protocol was not followed."""


class LocalProtocolError(ProtocolError):
    """Our own side called the protocol out of order."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what the protocol does not allow here."""


class PeerRefusedError(Error):
    """The peer refused us. Its own words are only the ID, so nothing else is believed."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One claim that is not what it should be.

    `source` says where the expectation came from (policy, initdata, genesis, grant, ...).
    """

    error_id: str
    claim: str
    expected: str
    got: str
    source: str

    def __post_init__(self) -> None:
        """What was got may be a stranger's text."""
        object.__setattr__(self, "claim", _speakable(self.claim))
        object.__setattr__(self, "got", _speakable(self.got))
        object.__setattr__(self, "expected", _speakable(self.expected))

    @override
    def __str__(self) -> str:
        """One line for logs."""
        return (
            f"[{self.error_id}] {self.claim}: expected {self.expected} "
            f"({self.source}), got {self.got}"
        )


class AttestationError(Error):
    """Evidence refused. Carries every mismatch that was found, the gravest first."""

    def __init__(self, mismatches: Iterable[Mismatch]) -> None:
        self.mismatches = tuple(mismatches)
        if not self.mismatches:
            msg = "an AttestationError needs at least one mismatch"
            raise ValueError(msg)
        first = self.mismatches[0]
        super().__init__(first.error_id, "; ".join(f"{m.claim} differs" for m in self.mismatches))

    @classmethod
    def of(
        cls, error_id: str, *, claim: str, expected: str, got: str, source: str
    ) -> "AttestationError":
        """The refusal for a single mismatch."""
        return cls([Mismatch(error_id, claim, expected, got, source)])

    @override
    def __str__(self) -> str:
        """All mismatches, one a line."""
        return "\n".join(str(m) for m in self.mismatches)
