"""What becomes of a `create` that did not end well. Nothing is lost, and nothing is left over.

| this run                  | failed                          | was interrupted             |
|---------------------------|---------------------------------|-----------------------------|
| made nothing              | nothing to do                   | nothing to do               |
| began the cluster         | rolled back; kept if `--retain` | kept; gone if `--rollback`  |
| went on with an older one | kept, always                    | kept, always                |

So only what this very run began is ever deleted. A failure of a run that began something or went on
with it leaves a support bundle first; if none can be written, what was made is the only trace of
the cause and is kept, unless `--rollback` was said. A killed run cannot do any of it: what it
made is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from asterism.errors import Error, from_os


class Found(Enum):
    """What there is of the cluster, and who began it."""

    NOTHING = "nothing"
    BEGUN_HERE = "begun by this run"
    BEGUN_BEFORE = "begun by an earlier run"


class Fate(Enum):
    """What became of it."""

    NOTHING_MADE = "nothingMade"
    KEPT = "kept"
    ROLLED_BACK = "rolledBack"


@dataclass(frozen=True, slots=True)
class Aftermath:
    """How an unfinished creation was left."""

    name: str
    step: str
    """Title of the step that did not end, empty if it was none."""
    fate: Fate
    bundle: Path | None = None
    trouble: str = ""
    """Why there is no bundle, or why the roll-back did not end."""


def wants_rollback(found: Found, *, interrupted: bool, retain: bool | None) -> bool:
    """Whether to delete what was made. `retain` is what the user said, None if nothing."""
    if found is not Found.BEGUN_HERE:
        return False
    return not interrupted if retain is None else not retain


def unsettled(name: str, step: str, found: Found) -> Aftermath:
    """Before anything was done about it."""
    fate = Fate.NOTHING_MADE if found is Found.NOTHING else Fate.KEPT
    return Aftermath(name, step, fate)


def settle(
    name: str,
    step: str,
    found: Found,
    *,
    interrupted: bool,
    retain: bool | None,
    save_bundle: Callable[[], Path],
    roll_back: Callable[[], None],
) -> Aftermath:
    """Bundle first, then roll back or not, as the table above says.

    The two callables raise Error or OSError when they cannot.
    """
    if found is Found.NOTHING:
        return Aftermath(name, step, Fate.NOTHING_MADE)
    bundle, trouble = (None, "") if interrupted else _attempt(save_bundle)
    rollback = wants_rollback(found, interrupted=interrupted, retain=retain)
    if not rollback or (trouble and retain is None):
        return Aftermath(name, step, Fate.KEPT, bundle, trouble)
    _, unfinished = _attempt(roll_back)
    fate = Fate.KEPT if unfinished else Fate.ROLLED_BACK
    return Aftermath(name, step, fate, bundle, unfinished or trouble)


def _attempt(work: Callable[[], Path | None]) -> tuple[Path | None, str]:
    """What it gave, or why it could not."""
    try:
        return work(), ""
    except Error as exc:
        return None, str(exc)
    except OSError as exc:
        return None, str(from_os(exc))
