"""The form of one catalogue entry."""

from dataclasses import dataclass

from asterism.errors.exit_codes import ExitCode


@dataclass(frozen=True, slots=True)
class Entry:
    """One stable error ID.

    `title` names the fact in a few words, `cause` says how it comes about, `hint` what to do.
    """

    error_id: str
    title: str
    cause: str
    hint: str
    exit_code: ExitCode = ExitCode.FAILURE
