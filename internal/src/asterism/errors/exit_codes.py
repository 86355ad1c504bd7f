"""Exit codes of the command line, the same for every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a finished `asterism` process says about its work."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    TIMEOUT = 5
    ATTESTATION_REFUSED = 6
    HOST_PRECONDITION = 7
    CONFIG_INVALID = 8
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """In a few words, for people."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILURE: "failed for a reason without a code of its own",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.NOT_FOUND: "what the command line names does not exist",
    ExitCode.CONFLICT: "something else stands in the way",
    ExitCode.TIMEOUT: "not in time",
    ExitCode.ATTESTATION_REFUSED: "attestation refused: what answered is not what it should be",
    ExitCode.HOST_PRECONDITION: "this computer or this user lacks something",
    ExitCode.CONFIG_INVALID: "a configuration or another file given is wrong",
    ExitCode.INTERRUPTED: "interrupted",
}
