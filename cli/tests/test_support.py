"""Support bundles of a cluster that is only planned: what is in them, and whose they are."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from asterism.cli import main
from asterism.cluster.home import OwnerHome
from asterism.cluster.plan import Plan
from asterism.cluster.support import bundle
from asterism.cluster.support.kubernetes import without_values
from asterism.e2e import canaries
from asterism.errors import ExitCode, ProvisionError


def members(path: Path) -> dict[str, bytes]:
    """The files of a bundle by their names below its folder."""
    with tarfile.open(path, "r:gz") as archive:
        files = {member.name.partition("/")[2]: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in files.items() if file}


def index(path: Path) -> dict[str, Any]:
    """The index of a bundle."""
    found: dict[str, Any] = json.loads(members(path)["index.json"])
    return found


def test_a_bundle_is_its_owners_alone_and_lists_what_it_holds(
    planned: Plan, trusting: OwnerHome
) -> None:
    """Mode 0600 below the state directory; the index has a line for each file."""
    saved = bundle.save(trusting, planned.state.name)
    assert saved.path.parent == trusting.support_directory
    assert saved.path.stat().st_mode & 0o777 == 0o600
    found = index(saved.path)
    read = {part["name"] for part in found["parts"] if "unread" not in part}
    assert read | {"index.json"} == set(members(saved.path))
    assert {"versions.json", "doctor.json", "cluster/cluster.json", "owner/pin.json"} <= read
    assert found["cluster"] == "local"
    assert found["leftOut"]


def unread(found: dict[str, Any]) -> dict[str, str]:
    """Reasons by the name of the part."""
    return {part["name"]: part["unread"] for part in found["parts"] if "unread" in part}


def test_what_cannot_be_read_says_why(planned: Plan, trusting: OwnerHome) -> None:
    """And does not stop the rest: no relay ran, and no genesis was signed."""
    why = unread(index(bundle.save(trusting, planned.state.name).path))
    assert "relay.log" in why["cluster/relay.log"]
    assert "CLU-005" in why["kubernetes/nodes.json"]


def test_a_failure_is_in_the_bundle_with_its_ids(planned: Plan, trusting: OwnerHome) -> None:
    """The ID in the index, the trace beside it, and every ID of the logs with its meaning."""
    (planned.state.directory / "relay.log").write_text("it said [TLS-005] and no more\n")
    failure = ProvisionError("MCH-005", "local-cp-1 did not start")
    saved = bundle.save(trusting, planned.state.name, failure=failure)
    assert index(saved.path)["error"] == ["MCH-005"]
    files = members(saved.path)
    assert b"local-cp-1 did not start" in files["failure.txt"]
    errors = {line["id"]: line for line in json.loads(files["errors.json"])}
    assert errors["TLS-005"]["parts"] == ["cluster/relay.log"]
    assert errors["MCH-005"]["title"]


def test_known_secrets_of_this_owner_are_not_in_it(planned: Plan, trusting: OwnerHome) -> None:
    """The owner key and a kubeconfig's credentials, also when a log has them."""
    seed = (trusting.owner_directory / "owner.key").read_bytes().strip()
    token = canaries.fresh()
    kubeconfig = trusting.home / ".kube" / "config"
    kubeconfig.parent.mkdir()
    kubeconfig.write_text(f"users: [{{name: other, user: {{token: {token.decode()}}}}}]\n")
    log = planned.state.directory / "relay.log"
    log.write_bytes(b"\n".join([b"ours", seed, bytes.fromhex(seed.decode()), token]))
    saved = bundle.save(trusting, planned.state.name)
    planted = {"seed": bytes.fromhex(seed.decode()), "text": seed, "token": token}
    assert canaries.scan("log", log.read_bytes(), planted)
    assert canaries.scan("bundle", saved.path.read_bytes(), planted) == []
    part = next(p for p in index(saved.path)["parts"] if p["name"] == "cluster/relay.log")
    assert part["redacted"] == {"owner key": 2, "kubeconfig credential": 1}


def test_a_link_in_the_hosts_state_leads_nowhere(planned: Plan, trusting: OwnerHome) -> None:
    """A host must not make root read other files for a bundle that somebody sends away."""
    (planned.state.directory / "relay.log").symlink_to(trusting.owner_directory / "owner.key")
    found = index(bundle.save(trusting, planned.state.name).path)
    assert "no plain file" in unread(found)["cluster/relay.log"]


def test_long_logs_are_cut_at_their_beginning(
    planned: Plan, trusting: OwnerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is what tells the cause."""
    monkeypatch.setattr(bundle, "LIMIT", 10_000)
    text = b"first line\n" + b"another one\n" * (bundle.LIMIT // 10) + b"last line\n"
    (planned.state.directory / "relay.log").write_bytes(text)
    saved = bundle.save(trusting, planned.state.name)
    content = members(saved.path)["cluster/relay.log"]
    assert len(content) == bundle.LIMIT
    assert content.endswith(b"last line\n")
    part = next(p for p in index(saved.path)["parts"] if p["name"] == "cluster/relay.log")
    assert part["cut"] > 0


def test_a_bundle_that_cannot_be_written_leaves_nothing(
    planned: Plan, trusting: OwnerHome, tmp_path: Path
) -> None:
    """No half of one, and no temporary file."""
    occupied = tmp_path / "folder.tar.gz"
    occupied.mkdir()
    with pytest.raises(OSError, match="directory"):
        bundle.save(trusting, planned.state.name, out=occupied)
    assert [path.name for path in tmp_path.glob("*tar.gz*")] == ["folder.tar.gz"]
    assert not list(tmp_path.glob(".folder*"))


def test_old_bundles_go(
    planned: Plan, trusting: OwnerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only from the own folder."""
    monkeypatch.setattr(bundle, "KEPT", 2)
    for number in range(3):
        (trusting.support_directory).mkdir(parents=True, exist_ok=True)
        (trusting.support_directory / f"asterism-support-x-{number}.tar.gz").touch()
    saved = bundle.save(trusting, planned.state.name)
    assert saved.path.exists()
    assert len(list(trusting.support_directory.iterdir())) == 2


def test_values_in_kubernetes_objects_are_hidden() -> None:
    """Environments, data, and the annotation in which kubectl keeps a copy of all of it."""
    canary = canaries.fresh().decode()
    annotation = "kubectl.kubernetes.io/last-applied-configuration"
    pod = {
        "metadata": {"name": "p", "annotations": {annotation: canary}, "managedFields": [canary]},
        "spec": {"containers": [{"image": "i", "env": [{"name": "KEY", "value": canary}]}]},
        "data": {"key": canary},
    }
    hidden = without_values({"items": [pod]})
    assert canary not in json.dumps(hidden)
    kept = hidden["items"][0]
    assert kept["metadata"]["name"] == "p"
    assert kept["spec"]["containers"][0]["env"][0]["name"] == "KEY"


def test_the_command_writes_where_it_is_told(
    planned: Plan, trusting: OwnerHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The path alone is on standard output; what is missing is told on standard error."""
    out = tmp_path / "b.tar.gz"
    assert main.run(["support", planned.state.name, "--out", str(out)]) == ExitCode.OK
    shown = capsys.readouterr()
    assert shown.out == f"{out}\n"
    assert "kubernetes/nodes.json" in shown.err
    assert index(out)["cluster"] == "local"
    assert trusting.has_owner_key


def test_the_command_without_a_cluster_is_about_the_host(
    home: OwnerHome, clusters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a cluster that is named has to be there."""
    del home, clusters
    assert main.run(["support", "-o", "name"]) == ExitCode.OK
    path = Path(capsys.readouterr().out.strip())
    assert index(path)["cluster"] is None
    assert main.run(["support", "nowhere"]) == ExitCode.NOT_FOUND
    assert "CLU-001" in capsys.readouterr().err
