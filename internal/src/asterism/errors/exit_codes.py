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
