"""DOC-*: canonical JSON, signed documents, genesis, owner keys, certificates."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

_REFUSED = ExitCode.ATTESTATION_REFUSED

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "DOC-001",
        "not canonical JSON (NON_CANONICAL)",
        "A document has a duplicate member, a float, null, or is written in another form than the "
        "one that its value has. Two readers could understand it differently.",
        "Make the document with Asterism; do not edit or reformat it.",
        _REFUSED,
    ),
    Entry(
        "DOC-002",
        "unknown field (UNKNOWN_FIELD)",
        "A document has a field that this version does not know. A misspelt rule would otherwise "
        "be a rule that does nothing.",
        "Correct the name; the nearest known one is shown.",
        _REFUSED,
    ),
    Entry(
        "DOC-003",
        "field missing",
        "A mandatory field is not in a document. Nothing has a default.",
        "Add the field that is named.",
        _REFUSED,
    ),
    Entry(
        "DOC-004",
        "field malformed",
        "A field of a document has another type, size or value than it must have.",
        "Correct the field that is named.",
        _REFUSED,
    ),
    Entry(
        "DOC-005",
        "document not signed by an expected key",
        "None, or too few, of the keys that the reader expects have signed the document.",
        "Check that the document is from the owner you mean; sign it with the expected key.",
        _REFUSED,
    ),
    Entry(
        "DOC-006",
        "signature does not verify",
        "The document, its kind or the signature was changed after signing.",
        "Get the document again from its author.",
        _REFUSED,
    ),
    Entry(
        "DOC-007",
        "nothing to check against (EMPTY_EXPECTATION)",
        "A check was asked for without a usable expected key or cluster ID.",
        "This is a bug of the caller: please report it.",
        _REFUSED,
    ),
    Entry(
        "DOC-008",
        "owner key exists already",
        "An owner key is never overwritten: clusters that trust it would be lost.",
        "Use the key that is there, or choose another directory.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "DOC-009",
        "no owner key",
        "The directory of the owner's keys holds none.",
        "`asterism cluster create` makes one at first use; or restore it from your backup.",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "DOC-010",
        "owner key not private",
        "The owner key or its directory can be read or replaced by other users, or is a link.",
        "Set mode 0700 for the directory and 0600 for the file; consider the key as known.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "DOC-011",
        "owner key unreadable",
        "The file does not hold 32 bytes in hex.",
        "Restore the file from your backup.",
        ExitCode.CONFIG_INVALID,
    ),
    Entry(
        "DOC-012",
        "owner proof refused",
        "The signature that should prove the owner is not over this session's binder.",
        "Dial the cluster directly; if it happens again, somebody is in between.",
        _REFUSED,
    ),
    Entry(
        "DOC-013",
        "certificate request refused",
        "A request does not prove possession of its key, or its key is of a kind that is not "
        "issued for.",
        "Make the request with an ECDSA P-256 key.",
        _REFUSED,
    ),
    Entry(
        "DOC-014",
        "authority unusable",
        "An authority's certificate and key do not belong together, or it is not an authority.",
        "Restore both from where they were made.",
        ExitCode.CONFIG_INVALID,
    ),
    Entry(
        "DOC-015",
        "genesis contradicts itself or its reader",
        "The genesis names other owners than the reader knows, or values that cannot be together.",
        "Check that it is the cluster you mean; a genesis is never changed after init.",
        _REFUSED,
    ),
    Entry(
        "DOC-016",
        "certificate request asks for names",
        "A request has a subject or attributes. Names in certificates are the issuer's decision: "
        "nobody can ask for another's, or for more rights than its proof gives.",
        "Make the request with an empty subject; what sent another one is not ours.",
        _REFUSED,
    ),
    Entry(
        "DOC-017",
        "clocks disagree",
        "A certificate that was issued just now is not valid by the clock of whoever got it: the "
        "issuer's clock or this one is wrong by more than a minute.",
        "Compare the clocks of this computer and of the machine's host, set the wrong one, and "
        "repeat the command.",
        _REFUSED,
    ),
)
