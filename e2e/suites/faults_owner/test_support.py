"""Support bundles of a running cluster: complete, private, and without a single planted secret."""

import base64
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from asterism.e2e import canaries
from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.e2e.pods import Namespace

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(120)]

NOBODY = 65534


def members(path: Path) -> dict[str, bytes]:
    """The files of a bundle by their names below its folder."""
    with tarfile.open(path, "r:gz") as archive:
        files = {member.name.partition("/")[2]: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in files.items() if file}


def test_a_bundle_holds_what_a_cause_is_found_with(
    confidential_cluster: Cluster, tmp_path: Path
) -> None:
    """Journals of the agent and the kubelet, logs, objects; whose it is, and nobody else's."""
    path = tmp_path / "bundle.tar.gz"
    name = confidential_cluster.name
    done = confidential_cluster.home.asterism(
        "support", name, "--out", path, extra={"SUDO_UID": str(NOBODY)}
    )
    assert done.text == f"{path}\n"
    status = path.stat()
    assert (status.st_uid, status.st_mode & 0o777) == (NOBODY, 0o600)
    confidential_cluster.asterism("support", name, "--out", str(path))
    files = members(path)
    for machine in confidential_cluster.machines:
        journal = files[f"nodes/{machine.name}/journal.txt"]
        assert b"kubelet" in journal
        assert b"asterism-agent" in journal
        assert files[f"machines/{machine.name}/console.log"]
    nodes = json.loads(files["kubernetes/nodes.json"])["items"]
    assert len(nodes) == len(confidential_cluster.machines)
    assert json.loads(files["kubernetes/status.json"])["nodes"]
    assert json.loads(files["doctor.json"])
    index = json.loads(files["index.json"])
    assert {part["name"] for part in index["parts"] if "unread" not in part} == set(files) - {
        "index.json"
    }


@pytest.fixture
def planted(confidential_cluster: Cluster, namespace: Namespace) -> Iterator[dict[str, bytes]]:
    """Canaries where secrets are: by name what must not be in a bundle."""
    machine = confidential_cluster.control_planes[0]
    found = {name: canaries.fresh() for name in ("log", "secret", "pod", "tpm", "chip", "disk")}
    files = [machine.folder.path / place for place in ("tpm/state", "chip", "disk/asterism")]
    for folder, canary in zip(files, ("tpm", "chip", "disk"), strict=True):
        (folder / "canary").write_bytes(found[canary])
    log = machine.folder.machine_log
    size = log.stat().st_size
    with log.open("ab") as file:
        file.write(leaky_log(found["log"]))
        file.write(leaky_log_of_known(confidential_cluster, machine, found))
    apply_objects(namespace, found)
    yield found
    with log.open("ab") as file:
        file.truncate(size)
    for folder in files:
        (folder / "canary").unlink()


def leaky_log(canary: bytes) -> bytes:
    """What a careless program may have written."""
    pem = b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(b"0." + canary)
    pem += b"-----END PRIVATE KEY-----\n"
    text = canary.decode()
    lines: list[bytes | str] = [
        b"token=" + canary,
        b"Authorization: Bearer " + canary,
        json.dumps({"level": "info", "password": text, "nested": {"client-key-data": text}}),
        pem,
        json.dumps({"pem": pem.decode()}),
        b"data: " + base64.b64encode(pem),
    ]
    return b"\n".join(x.encode() if isinstance(x, str) else x for x in lines) + b"\n"


def leaky_log_of_known(cluster: Cluster, machine: Machine, found: dict[str, bytes]) -> bytes:
    """Secrets that really are there, without a word that says what they are."""
    seed = bytes.fromhex((cluster.home.config / "asterism/owner/owner.key").read_text())
    users = yaml.safe_load(cluster.home.kubeconfig.read_text())["users"]
    user = next(user["user"] for user in users if user["name"] == cluster.context)
    key = base64.b64decode(user["client-key-data"])
    pem = (machine.folder.disk / "asterism/authorities/user.key").read_bytes()
    authority = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    found |= {"owner key": seed, "user key": key, "authority": authority}
    forms = [form for value in (seed, key, authority) for form in written(value)]
    return b"\n".join(forms) + b"\n"


def written(value: bytes) -> list[bytes]:
    """A secret as it may stand in a log."""
    shifted = [base64.b64encode(b"." * n + value) for n in range(3)]
    return [value, value.hex().encode(), *shifted]


def apply_objects(namespace: Namespace, found: dict[str, bytes]) -> None:
    """A Secret, a ConfigMap, and a pod with both a value and an annotation of kubectl's."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "canary"},
        "stringData": {"value": found["secret"].decode()},
    }
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "canary"},
        "data": {"value": found["secret"].decode()},
    }
    container = {
        "name": "main",
        "image": "none.invalid/never",
        "env": [{"name": "PLAIN", "value": found["pod"].decode()}],
    }
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "canary"},
        "spec": {"containers": [container], "nodeSelector": {"none": "such"}},
    }
    items = {"apiVersion": "v1", "kind": "List", "items": [secret, settings, pod]}
    namespace.kubectl("apply", "-f", "-", stdin=json.dumps(items))


def test_no_planted_secret_is_in_a_bundle(
    planted: dict[str, bytes], confidential_cluster: Cluster, tmp_path: Path
) -> None:
    """Neither as it is nor encoded; the log, where the scanner finds them, is the proof."""
    log = confidential_cluster.control_planes[0].folder.machine_log.read_bytes()
    in_log = {sighting.canary for sighting in canaries.scan("log", log, planted)}
    assert in_log == {"log", "owner key", "user key", "authority"}
    path = tmp_path / "bundle.tar.gz"
    confidential_cluster.asterism("support", confidential_cluster.name, "--out", str(path))
    assert canaries.scan(path.name, path.read_bytes(), planted) == []
    index = json.loads(members(path)["index.json"])
    redacted = next(
        part["redacted"] for part in index["parts"] if part["name"].endswith("cp-1/machine.log")
    )
    assert {"owner key", "kubeconfig credential", "authority's key", "private key"} <= set(redacted)
