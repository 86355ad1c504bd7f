"""`create` killed at a random moment, again and again: delete it or go on, and nothing is left.

`ASTERISM_E2E_KILLS` is how often (50), `ASTERISM_E2E_SEED` repeats a run; `asterism.e2e.campaign`
tells how to stop and go on.
"""

import os
import random
import secrets
from pathlib import Path

import pytest

from asterism import clock
from asterism.e2e.campaign import Campaign, setting
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.e2e.home import Home
from asterism.e2e.killing import run_and_kill
from asterism.e2e.residue import temporary_files_in
from asterism.e2e.spotless import Snapshot

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(14400)]

KILLS = setting("ASTERISM_E2E_KILLS", 50)
SEED_FILE = "seed"
ATTEMPTS = 5
"""A creation may be quicker than the moment that was drawn; then another moment is drawn."""


def test_killed_at_a_random_moment_nothing_is_left(
    clusters: ClusterFactory, asterism_home: Home, tmp_path: Path
) -> None:
    """SIGKILL to the whole process group; then `delete`, or `create` to its end and `delete`."""
    own = (tmp_path / "tmp", asterism_home.folder)
    campaign = Campaign.of("kills", KILLS, tmp_path)
    seed = recorded_seed(campaign.record.parent)
    print(f"seed {seed}")
    with temporary_files_in(own[0]):
        campaign.turn.take()
        longest = creation_seconds(clusters)
        before = Snapshot.of_host(*own)
        for number, facts in campaign.rounds():
            drawn = random.Random(f"{seed}/{number}")  # noqa: S311 - it is to be repeatable
            name, at = kill_one(clusters, drawn, longest, tmp_path / f"{number}.log")
            again = number % 2 == 1
            facts.update(seed=seed, at=round(at, 3), then="create" if again else "delete")
            finish(clusters, name, again=again)
            left = before.leaks()
            assert not left, f"after kill {number + 1}, seed {seed}, at {at:.3f} s: {left}"
    assert len(campaign.done()) == KILLS


def recorded_seed(folder: Path) -> str:
    """The seed of this series: as set, as an earlier part of it had it, or drawn now."""
    file = folder / SEED_FILE
    seed = os.environ.get("ASTERISM_E2E_SEED") or (file.read_text() if file.exists() else "")
    seed = seed or secrets.token_hex(4)
    file.write_text(seed)
    return seed


def creation_seconds(clusters: ClusterFactory) -> float:
    """How long a creation takes that nobody disturbs."""
    began = clock.monotonic()
    cluster = clusters.create()
    seconds = clock.monotonic() - began
    clusters.delete(cluster)
    return seconds


def kill_one(
    clusters: ClusterFactory, drawn: random.Random, longest: float, log: Path
) -> tuple[str, float]:
    """The name of a cluster whose creation was killed, and when, in seconds from its start."""
    for _ in range(ATTEMPTS):
        at = drawn.uniform(0, longest)
        cluster = clusters.adopt(unique_name())
        arguments = ("cluster", "create", cluster.name, *wanted(clusters))
        if run_and_kill(clusters.home, arguments, seconds=at, log=log):
            return cluster.name, at
        clusters.delete(cluster)
    pytest.fail(f"{ATTEMPTS} creations ended before they could be killed")


def wanted(clusters: ClusterFactory) -> list[str]:
    """The options of every `create` here: one control plane, one worker."""
    return Wanted(image=clusters.image).arguments()


def finish(clusters: ClusterFactory, name: str, *, again: bool) -> None:
    """Delete the cluster, after creating it to its end if `again`."""
    cluster = next(item for item in clusters.made if item.name == name)
    if again:
        clusters.home.asterism("cluster", "create", name, *wanted(clusters))
        cluster.wait_ready()
    clusters.delete(cluster)
