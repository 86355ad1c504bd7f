"""INT-*: bugs of ours and failed helper programs."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "INT-001",
        "internal error",
        "Asterism met a state that its own code should make impossible.",
        "Repeat the command with `-vv` for the traceback, and report it with what "
        "`asterism support` collects.",
    ),
    Entry(
        "INT-002",
        "a helper program failed",
        "A program that Asterism runs ended with an error; its last lines are shown.",
        "Read the shown lines; `asterism doctor` checks what the host must offer.",
    ),
)
