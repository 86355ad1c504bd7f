"""USE-*: command lines that are not understood or not confirmed. Exit code 2 but where said."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "USE-001",
        "no such command",
        "The command line names a command that this version does not have.",
        "`asterism --help` and `asterism NOUN --help` list the commands.",
        ExitCode.USAGE,
    ),
    Entry(
        "USE-002",
        "no such option",
        "The command does not take this option.",
        "The command's `--help` lists its options.",
        ExitCode.USAGE,
    ),
    Entry(
        "USE-003",
        "something is missing",
        "The command needs an argument or an option that was not given.",
        "The command's `--help` shows what it takes.",
        ExitCode.USAGE,
    ),
    Entry(
        "USE-004",
        "a value does not fit",
        "The value of an argument or option has the wrong form or is not among those allowed.",
        "The command's `--help` says what is allowed.",
        ExitCode.USAGE,
    ),
    Entry(
        "USE-005",
        "the command line is not understood",
        "There are words too many, an option lacks its value, or options contradict each other.",
        "The command's `--help` shows how it is called.",
        ExitCode.USAGE,
    ),
    Entry(
        "USE-006",
        "a confirmation is needed",
        "The command destroys something. On a terminal it asks first; there is none here, and "
        "silence is not taken for a yes.",
        "Repeat the command with `--yes` if you mean it.",
        ExitCode.USAGE,
    ),
    Entry(
        "USE-007",
        "not confirmed",
        "The command asked before it destroyed something, and the answer was not yes.",
        "Nothing was changed. `--yes` skips the question.",
    ),
    Entry(
        "USE-008",
        "interrupted",
        "Ctrl-C was typed or the process was asked to end, before its work was done.",
        "What was made so far stays: the same command goes on with it, and `asterism cluster "
        "delete NAME` removes it.",
        ExitCode.INTERRUPTED,
    ),
)
