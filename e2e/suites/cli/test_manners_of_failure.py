"""The manners of the command line, points 7 to 12: failures, plans, proofs, questions, help."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterism import proc
from asterism.e2e.cluster import Cluster
from asterism.e2e.home import Home, program
from asterism.errors import ExitCode
from asterism.errors.catalogue import entries

pytestmark = [pytest.mark.cluster, pytest.mark.root]

AtTerminal = Callable[..., tuple[int, str]]
Refused = Callable[..., tuple[int, str]]


# 7. Exit codes


def test_point_07_each_exit_code_is_what_a_failure_ends_with(
    refused: Refused,
    asterism_home: Home,
    confidential_cluster: Cluster,
    at_terminal: AtTerminal,
    tmp_path: Path,
) -> None:
    """All of the documented ones; the timeout has a test of its own below."""
    name = confidential_cluster.name
    stranger = Home.make(tmp_path / "stranger")
    found = {
        ExitCode.OK: asterism_home.asterism("version").returncode,
        ExitCode.FAILURE: at_terminal("cluster", "delete", name, keys="n\n")[0],
        ExitCode.USAGE: refused(asterism_home, "cluster", "no-such-verb")[0],
        ExitCode.NOT_FOUND: refused(asterism_home, "cluster", "status", "nowhere")[0],
        ExitCode.CONFLICT: refused(
            asterism_home, "cluster", "create", name, "--set", "nodes.workers=2"
        )[0],
        ExitCode.ATTESTATION_REFUSED: refused(stranger, "cluster", "verify", name)[0],
        ExitCode.HOST_PRECONDITION: refused(stranger, "cluster", "create", "x", "--dry-run")[0],
        ExitCode.CONFIG_INVALID: refused(asterism_home, "cluster", "create", "Not_A_Name")[0],
        ExitCode.INTERRUPTED: at_terminal("cluster", "delete", name, keys="\x03")[0],
    }
    assert found == {code: code.value for code in found}
    assert set(ExitCode) - found.keys() == {ExitCode.TIMEOUT}


def test_point_07_a_condition_that_is_not_met_in_time_ends_with_5(
    confidential_cluster: Cluster,
) -> None:
    """The condition is named with what is missing."""
    cluster, dns = confidential_cluster, ("-n", "kube-system")
    cluster.kubectl(*dns, "set", "image", "deployment/coredns", "coredns=nowhere.invalid/none:1")
    try:
        done = cluster.home.asterism(
            "cluster", "create", cluster.name, "--timeout", "1", check=False
        )
        assert done.returncode == ExitCode.TIMEOUT, done.stderr.decode()
        assert "error[CLU-007]" in done.stderr.decode()
        assert "CoreDNS serves" in done.stderr.decode()
    finally:
        cluster.kubectl(*dns, "rollout", "undo", "deployment/coredns")
        cluster.wait_ready()


# 8. Errors


def test_point_08_an_error_has_an_id_a_cause_a_hint_and_an_explanation(
    refused: Refused,
    asterism_home: Home,
) -> None:
    """And `explain` says the same as the message."""
    _, shown = refused(asterism_home, "cluster", "status", "nowhere")
    assert shown.startswith("error[CLU-001]: no such cluster: `nowhere`\n")
    entry = entries()["CLU-001"]
    for part in (f"cause: {entry.cause}", f"hint: {entry.hint}", "asterism explain CLU-001"):
        assert part in shown
    explained = asterism_home.asterism("explain", "CLU-001").text
    assert entry.cause in explained
    assert entry.hint in explained


def test_point_08_an_unknown_id_is_answered_with_the_nearest(
    refused: Refused, asterism_home: Home
) -> None:
    """Exit code 3, and what may have been meant."""
    code, shown = refused(asterism_home, "explain", "ATT-11O")
    assert code == ExitCode.NOT_FOUND
    assert "did you mean ATT-" in shown


@pytest.mark.parametrize(
    ("arguments", "error_id"),
    [
        (["cluster", "lst"], "USE-001"),
        (["cluster", "list", "--ouput", "json"], "USE-002"),
        (["image", "load"], "USE-003"),
        (["cluster", "list", "-o", "xml"], "USE-004"),
        (["cluster", "list", "more"], "USE-005"),
        (["image", "load", "/nowhere"], "FIL-001"),
        (["trust", "import", "/etc"], "FIL-004"),
        (["trust", "import", "/etc/hostname"], "FIL-006"),
        (["image", "measure", "0123456789abcdef"], "IMG-002"),
        (["node", "logs", "nobody"], "CLU-017"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_point_08_no_error_is_without_an_id(
    refused: Refused, arguments: list[str], error_id: str, confidential_cluster: Cluster
) -> None:
    """Those of the command line and of the operating system included; none is a traceback."""
    where = ["--cluster", confidential_cluster.name] if "/nowhere" in arguments else []
    code, shown = refused(confidential_cluster.home, *arguments, *where)
    assert code == entries()[error_id].exit_code
    assert f"error[{error_id}]" in shown


def test_point_08_a_full_disk_and_a_reader_that_left_are_told_apart(asterism_home: Home) -> None:
    """The first is an error with an ID, the second is silence."""
    asterism, environment = program()[0], asterism_home.environment()
    full = proc.run(["bash", "-c", f"{asterism} explain >/dev/full"], check=False, env=environment)
    assert full.returncode == ExitCode.HOST_PRECONDITION
    assert b"error[FIL-003]" in full.stderr
    left = proc.run(["bash", "-c", f"{asterism} explain | head -1"], env=environment)
    assert left.text.startswith("ID ")
    assert not left.stderr


# 9. Preflight


def test_point_09_doctor_names_each_check_and_what_it_found(asterism_home: Home) -> None:
    """A failed one would have an ID and a remedy, and exit code 7."""
    document = json.loads(asterism_home.asterism("doctor", "-o", "json").text)
    assert document["ok"]
    assert len(document["checks"]) >= 8


# 10. Failure


def test_point_10_a_bundle_is_one_command_away(
    confidential_cluster: Cluster, tmp_path: Path
) -> None:
    """Its path is the result; what failure saves and rolls back is the suite `faults`."""
    file = tmp_path / "bundle.tar.gz"
    shown = confidential_cluster.asterism(
        "support", confidential_cluster.name, "--out", str(file), "-o", "name"
    )
    assert Path(shown.strip()) == file
    assert file.stat().st_size > 0


# 11. Plan, prove, ask


def test_point_11_a_dry_run_shows_machines_addresses_disks_and_digests(
    asterism_home: Home,
) -> None:
    """And makes nothing, not even the owner key."""
    plan: Any = json.loads(
        asterism_home.asterism("cluster", "create", "planned", "--dry-run", "-o", "json").text
    )
    assert [machine["name"] for machine in plan["machines"]] == ["planned-cp-1", "planned-worker-1"]
    for machine in plan["machines"]:
        assert machine["address"].startswith("10.")
        assert machine["stateDisk"].endswith("/disk")
    assert len(plan["measurement"]) == 96
    assert len(plan["image"]["files"]["root.erofs"]) == 64
    assert "planned" not in asterism_home.asterism("cluster", "list", "-o", "name").text.split()


@pytest.mark.parametrize("arguments", [["cluster", "delete", "NAME"], ["image", "prune"]], ids=str)
def test_point_11_what_destroys_asks_and_needs_yes_without_a_terminal(
    refused: Refused, arguments: list[str], confidential_cluster: Cluster, at_terminal: AtTerminal
) -> None:
    """No is the default answer; a script must say --yes."""
    words = [confidential_cluster.name if word == "NAME" else word for word in arguments]
    code, shown = refused(confidential_cluster.home, *words)
    assert code == ExitCode.USAGE
    assert "USE-006" in shown
    assert "--yes" in shown
    code, shown = at_terminal(*words, keys="\n")
    assert code == ExitCode.FAILURE
    assert "USE-007" in shown
    assert confidential_cluster.folder.exists()


def test_point_11_verify_works_from_saved_evidence(
    confidential_cluster: Cluster, tmp_path: Path
) -> None:
    """More of it is in the suite `verify`."""
    file = tmp_path / "evidence.jsonl"
    confidential_cluster.asterism(
        "cluster", "verify", confidential_cluster.name, "--save", str(file)
    )
    shown = confidential_cluster.asterism(
        "cluster", "verify", "--evidence", str(file), "-o", "name"
    )
    assert len(shown.split()) == len(confidential_cluster.machines)


# 12. Quickstart, completion, manual (the quickstart is a suite of its own)


def completed(home: Home, line: str) -> list[str]:
    """What bash would be offered behind `line`."""
    asked = {"_ASTERISM_COMPLETE": "bash_complete", "COMP_WORDS": line}
    done = home.asterism(extra=asked)
    assert not done.stderr
    return [item.partition(",")[2] for item in done.text.splitlines()]


def test_point_12_names_of_what_there_is_are_completed(confidential_cluster: Cluster) -> None:
    """Clusters, machines, images, errors and settings; the shells themselves: cli/tests."""
    home, name = confidential_cluster.home, confidential_cluster.name
    machines = {machine.name for machine in confidential_cluster.machines}
    assert name in completed(home, "asterism cluster status ")
    assert machines <= set(completed(home, f"asterism node logs {name}"))
    assert "current" in completed(home, "asterism image measure ")
    assert completed(home, "asterism explain EVD-001") == ["EVD-001"]
    assert completed(home, "asterism cluster create --set nodes.w") == ["nodes.workers="]
