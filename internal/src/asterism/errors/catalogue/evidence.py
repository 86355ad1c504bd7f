"""EVD-*: evidence that was saved by `cluster verify --save` and is verified once more."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

_REFUSED = ExitCode.ATTESTATION_REFUSED

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "EVD-001",
        "saved evidence of another set of machines",
        "The file does not hold evidence of exactly the machines that are pinned for the cluster, "
        "each once. A machine that is left out could be the one that would be refused.",
        "Save the evidence anew with `asterism cluster verify NAME --save FILE`.",
        _REFUSED,
    ),
    Entry(
        "EVD-002",
        "saved evidence from the future",
        "The file states a time of verification that has not come yet, so this computer's clock or "
        "the file is wrong, and validity in time means nothing.",
        "Set this computer's clock, or save the evidence anew.",
        _REFUSED,
    ),
)
