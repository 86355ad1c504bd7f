"""CFG-*: configuration files and flags. Exit code 8."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

_INVALID = ExitCode.CONFIG_INVALID

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "CFG-001",
        "the configuration cannot be read",
        "The file does not exist, or this user may not read it.",
        "Check the path; `--config -` reads standard input.",
        _INVALID,
    ),
    Entry(
        "CFG-002",
        "not YAML",
        "The file is not well-formed YAML, or is not one mapping.",
        "`asterism config init` prints a complete file to start from.",
        _INVALID,
    ),
    Entry(
        "CFG-003",
        "unknown key",
        "A key that no setting has. It is refused rather than ignored, so that a slip of the pen "
        "cannot silently leave a default in force.",
        "`asterism config schema` and docs/config.md list all keys.",
        _INVALID,
    ),
    Entry(
        "CFG-004",
        "a value does not fit",
        "The value has the wrong type or lies outside what the setting allows.",
        "`asterism config schema` and docs/config.md say what is allowed.",
        _INVALID,
    ),
    Entry(
        "CFG-005",
        "a --set is not KEY=VALUE",
        "`--set` takes the path of one setting and its value.",
        "For example `--set nodes.workers=3`.",
        _INVALID,
    ),
    Entry(
        "CFG-006",
        "the name is not allowed",
        "Names of clusters become parts of host names, so they hold 1 to 30 lower-case letters, "
        "digits and hyphens, and neither begin nor end with a hyphen.",
        "Choose a name such as `local` or `test-2`.",
        _INVALID,
    ),
    Entry(
        "CFG-007",
        "only one control plane for now",
        "Several control planes are not built yet, and a cluster that only looked highly "
        "available would be worse than none.",
        "Set `nodes.controlPlanes` to 1.",
        _INVALID,
    ),
    Entry(
        "CFG-008",
        "a key is given twice",
        "The same mapping holds one key twice, so one of the two values would be lost.",
        "Remove one of them.",
        _INVALID,
    ),
    Entry(
        "CFG-009",
        "no such error ID",
        "The catalogue of this version has no entry of that name.",
        "IDs look like ATT-014; docs/errors lists them all.",
        ExitCode.NOT_FOUND,
    ),
)
