"""FIL-*: files that the caller named or the operating system refused."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "FIL-001",
        "no such file",
        "A file or directory that the command needs does not exist.",
        "Check the path; relative ones start at the working directory.",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "FIL-002",
        "permission denied",
        "This user may not read, write or search that place.",
        "Repeat the command with sudo, or change the permissions of the file and its directories.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "FIL-003",
        "no room to write",
        "The file system is full, read-only, or this user's quota is used up.",
        "Make room or choose another place; `asterism image prune` removes unused images.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "FIL-004",
        "not that kind of file",
        "A directory stands where a file is wanted, or the other way round.",
        "Check the path.",
        ExitCode.USAGE,
    ),
    Entry(
        "FIL-005",
        "the operating system refused",
        "A system call failed for a reason that Asterism has no better words for.",
        "Read the message of the operating system above; `-vv` shows where it came from.",
    ),
    Entry(
        "FIL-006",
        "the file does not hold what is wanted",
        "The file can be read, but its content is not what the command takes.",
        "Check that it is the file you meant; the message says what was expected.",
        ExitCode.CONFIG_INVALID,
    ),
)
