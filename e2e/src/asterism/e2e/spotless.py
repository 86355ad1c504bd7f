"""Whether a host is as it was: nothing of clusters in the kernel, no file that was not there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism.e2e import factory
from asterism.e2e.leaks import Footprint
from asterism.e2e.residue import Residue
from asterism.e2e.waiting import NotYetError, eventually

SETTLE_TIMEOUT = 20.0
"""Seconds for what others on the same host make and take away at the same moment."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A host at one moment; `own` are folders that belong to the commands under test alone.

    Of clusters only those count that are asked for after the snapshot.
    """

    footprint: Footprint
    residue: Residue
    own: tuple[Path, ...]
    ours: Callable[[str], bool]

    @classmethod
    def of_host(cls, *own: Path) -> "Snapshot":
        """The host now."""
        ours = factory.asked_for_later()
        return cls(Footprint.of_host(ours=ours), Residue.found(*own, ours=ours), own, ours)

    def leaks(self, within: float = SETTLE_TIMEOUT) -> dict[str, list[str]]:
        """What has been added since, by kind; empty as soon as there is nothing any more."""
        try:
            eventually(self._expect_nothing_added, within=within)
        except NotYetError:
            return self._added()
        return {}

    def _expect_nothing_added(self) -> None:
        added = self._added()
        assert not added, added

    def _added(self) -> dict[str, Any]:
        footprint = Footprint.of_host(ours=self.ours)
        files = Residue.found(*self.own, ours=self.ours).added_since(self.residue)
        return footprint.added_since(self.footprint) | ({"files": files} if files else {})
