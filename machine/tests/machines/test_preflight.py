"""What is said of hosts that lack something. The hosts are made up, but for the last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from asterism.errors import ExitCode, UserError
from asterism.errors.catalogue import entry
from asterism.machine import preflight
from asterism.machine.preflight import judgement
from asterism.machine.preflight.check import ALL, Check, refuse
from asterism.machine.preflight.facts import HostFacts
from asterism.machine.preflight.judgement import MEBIBYTE, Needs, judge
from asterism.machine.providers.sandbox.node_root import DEVICES

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NEEDS = Needs(control_planes=1, workers=1)

GOOD = HostFacts(
    user=0,
    programs=frozenset(judgement.PROGRAMS),
    namespaces=frozenset(judgement.NAMESPACES),
    namespaces_refusal="",
    control_groups="2",
    control_groups_refusal="",
    file_systems=frozenset(judgement.FILE_SYSTEMS),
    kernel=(6, 1),
    devices=frozenset((*DEVICES, "loop-control")),
    network_refusal="",
    packet_filter_refusal="",
    memory=2048 * MEBIBYTE,
    place=Path("/var/lib/asterism"),
    writable=True,
    disk=8192 * MEBIBYTE,
    inotify_limit=128,
    inotify_used=10,
    now=NOW,
    newest=NOW - timedelta(days=1),
    synchronised=True,
)

LACKING: list[tuple[str, str, dict[str, Any], str]] = [
    ("root", "HST-001", {"user": 1000}, "this is user 1000"),
    ("programs", "HST-006", {"programs": frozenset({"ip"})}, "not installed: swtpm, nft"),
    ("namespaces", "HST-002", {"namespaces": frozenset({"mnt", "net"})}, "lacks pid, uts"),
    ("namespaces", "HST-002", {"namespaces_refusal": "Operation not permitted"}, "not permitted"),
    (
        "control-groups",
        "HST-003",
        {"control_groups": "", "control_groups_refusal": "missing: memory"},
        "missing: memory",
    ),
    ("erofs", "HST-004", {"file_systems": frozenset({"overlay"})}, "no erofs"),
    ("overlay", "HST-005", {"file_systems": frozenset({"erofs"})}, "no overlay"),
    ("loop", "HST-009", {"devices": frozenset(DEVICES)}, "loop-control"),
    ("devices", "HST-010", {"devices": frozenset(DEVICES) - {"fuse"} | {"loop-control"}}, "fuse"),
    ("network", "HST-011", {"network_refusal": "Unknown device type."}, "Unknown device"),
    ("packet-filter", "HST-012", {"packet_filter_refusal": "not supported"}, "not supported"),
    ("memory", "HST-007", {"memory": 1000 * MEBIBYTE}, "1000 MiB available, 1450 MiB needed"),
    ("state", "HST-016", {"writable": False}, "/var/lib/asterism"),
    ("disk", "HST-008", {"disk": 1000 * MEBIBYTE}, "1000 MiB free"),
    ("inotify", "HST-013", {"inotify_used": 100}, "28 of 128 instances left to root, 45 needed"),
    ("clock", "HST-014", {"now": datetime(1970, 1, 2, tzinfo=UTC)}, "1970-01-02"),
    ("clock", "HST-014", {"now": NOW - timedelta(days=2)}, "made at 2026-11-22"),
    ("clock", "HST-014", {"now": datetime(2106, 1, 1, tzinfo=UTC)}, "2106"),
    ("clock-source", "HST-015", {"synchronised": False}, "nothing keeps"),
]


def failed(facts: HostFacts) -> list[Check]:
    """The checks that a host fails."""
    return [check for check in judge(facts, NEEDS) if not check.ok]


def test_a_good_host_passes_every_check() -> None:
    """And every check has a name of its own, an ID of the host's table and a remedy."""
    assert failed(GOOD) == []
    checks = judge(GOOD, NEEDS)
    assert len({check.name for check in checks}) == len(checks)
    for check in checks:
        assert check.fix
        assert entry(check.error_id).exit_code is ExitCode.HOST_PRECONDITION


@pytest.mark.parametrize(("name", "error_id", "lack", "words"), LACKING)
def test_a_host_that_lacks_one_thing_fails_that_check_alone(
    name: str, error_id: str, lack: dict[str, Any], words: str
) -> None:
    """With the ID, and words that say what was found."""
    (check,) = failed(replace(GOOD, **lack))
    assert (check.name, check.error_id) == (name, error_id)
    assert words in check.found


@pytest.mark.parametrize(("name", "error_id", "lack", "words"), LACKING)
def test_what_fails_refuses_unless_it_is_ignored_by_name(
    name: str, error_id: str, lack: dict[str, Any], words: str
) -> None:
    """What nothing works without cannot be ignored; advice refuses nobody."""
    del words
    checks = judge(replace(GOOD, **lack), NEEDS)
    weight = next(check.weight for check in checks if check.name == name)
    if weight != "advice":
        with pytest.raises(UserError, match=error_id):
            refuse(checks, ())
    if weight == "required":
        with pytest.raises(UserError, match=error_id):
            refuse(checks, (name, ALL))
    else:
        for ignored in (name, ALL):
            assert [check.name for check in refuse(checks, (ignored,))] == [name]


def test_what_else_fails_is_told_at_once() -> None:
    """The first failure names the error; nobody has to mend one thing to hear of the next."""
    with pytest.raises(UserError, match="HST-007") as refused:
        refuse(judge(replace(GOOD, memory=0, disk=0), NEEDS), ())
    assert "[HST-008]" in refused.value.facts["disk"]


def test_larger_clusters_need_more() -> None:
    """Memory and file watches are counted by node."""
    names = [check.name for check in judge(GOOD, Needs(3, 4)) if not check.ok]
    assert names == ["memory", "inotify"]


def test_a_newer_kernel_needs_no_loop_device() -> None:
    """It mounts erofs from files."""
    assert failed(replace(GOOD, kernel=(6, 12), devices=frozenset(DEVICES))) == []


def test_what_could_not_be_tried_is_said() -> None:
    """Somebody who is not root still gets a diagnosis; root alone is what he lacks."""
    untried = replace(
        GOOD, user=1000, namespaces_refusal=None, network_refusal=None, packet_filter_refusal=None
    )
    assert [check.name for check in failed(untried)] == ["root"]
    said = {check.name: check.found for check in judge(untried, NEEDS)}
    assert "not tried" in said["network"]


def test_missing_programs_of_this_host_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts are read from this very host."""
    monkeypatch.setenv("PATH", "/nonexistent")
    check = next(check for check in preflight.checks() if check.name == "programs")
    assert not check.ok
    assert "swtpm" in check.found
