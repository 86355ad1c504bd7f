"""What a host must offer before a cluster is made on it.

`host` reads facts and changes nothing, `judgement` turns them into checks and is pure. Each check
has a name, by which it can be ignored where that makes sense, and an HST ID with a remedy.
"""

from collections.abc import Collection

from asterism.machine.preflight import host
from asterism.machine.preflight.check import Check, refuse
from asterism.machine.preflight.judgement import Needs, judge

__all__ = ["Check", "Needs", "checks", "require"]


def checks(*, control_planes: int = 1, workers: int = 0) -> list[Check]:
    """All checks of this host, in the order in which to mend what fails."""
    return judge(host.read(), Needs(control_planes, workers))


def require(*, control_planes: int, workers: int, ignored: Collection[str] = ()) -> list[Check]:
    """The checks that fail and are put up with; UserError HST-* if any other fails."""
    return refuse(checks(control_planes=control_planes, workers=workers), ignored)
