"""The outcome of looking at a host: checks, and which of their failures refuse."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from asterism.errors import UserError
from asterism.errors.catalogue import entry

ALL = "all"
"""In place of a name: every check that may be ignored."""

Weight: TypeAlias = Literal["required", "ignorable", "advice"]
"""`required`: nothing works without. `ignorable`: only the user knows. `advice`: never refuses."""


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check. `found` describes the host; ID and fix are for a failed one."""

    name: str
    ok: bool
    found: str
    error_id: str
    weight: Weight

    @property
    def fix(self) -> str:
        """One line on what to do."""
        return entry(self.error_id).hint

    @property
    def refuses(self) -> bool:
        """Whether it failed and is more than advice."""
        return not self.ok and self.weight != "advice"

    def document(self) -> dict[str, object]:
        """The check for programs."""
        return {
            "name": self.name,
            "ok": self.ok,
            "found": self.found,
            "weight": self.weight,
            "error": self.error_id,
            "fix": self.fix,
        }


def refuse(checks: Iterable[Check], ignored: Collection[str]) -> list[Check]:
    """The checks that fail and are put up with.

    UserError with the ID of the first one that fails and is neither advice nor among `ignored`;
    the others are among its facts.
    """
    failed = [check for check in checks if not check.ok]
    fatal = [check for check in failed if check.refuses and not _is_ignored(check, ignored)]
    if fatal:
        first, *others = fatal
        more = {check.name: f"{check.found} [{check.error_id}] {check.fix}" for check in others}
        raise UserError(first.error_id, f"{first.name}: {first.found}", **more)
    return failed


def _is_ignored(check: Check, ignored: Collection[str]) -> bool:
    return check.weight == "ignorable" and (check.name in ignored or ALL in ignored)
