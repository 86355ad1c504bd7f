"""Whole machines of the built image: booted, stopped, killed, removed without a trace."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism.config import paths
from asterism.errors import Error, ProvisionError, UserError
from asterism.machine.providers.sandbox import roots
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.provision import Launch, MachineStarted, provision
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir

pytestmark = [pytest.mark.root, pytest.mark.image, pytest.mark.tools]

CLUSTER = f"boot-{os.getpid()}"
INITDATA = b'{"cluster":"boot"}'


@pytest.fixture
def provider() -> Iterator[SandboxProvider]:
    """The provider with a network; afterwards nothing of the cluster is on the host."""
    made = SandboxProvider()
    made.create_network(CLUSTER)
    yield made
    for info in made.list_machines(CLUSTER):
        made.delete(CLUSTER, info.machine)
    made.delete_network(CLUSTER)
    assert traces() == []


@pytest.fixture
def spec() -> MachineSpec:
    """A control plane of the newest image."""
    image = (paths.IMAGES / "current").resolve()
    return MachineSpec(CLUSTER, "m-cp-1", "control-plane", image, IPv4Address("10.210.0.11"))


def traces() -> list[str]:
    """Whatever names the test's cluster: processes, mounts, namespaces, control groups, files."""
    label = CLUSTER.encode()
    found = [str(place) for place in Path("/proc").glob("[0-9]*/cmdline") if label in read(place)]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    found += [line for line in mounts if CLUSTER in line]
    found += [str(group) for group in Path("/sys/fs/cgroup").glob(f"**/asterism/{CLUSTER}.*")]
    found += [str(user) for user in roots.RUN.glob(f"*/users/{CLUSTER}.*")]
    found += [str(paths.cluster_dir(CLUSTER))] if paths.cluster_dir(CLUSTER).exists() else []
    return found


def read(place: Path) -> bytes:
    """A file of /proc, empty when its process is gone."""
    try:
        return place.read_bytes()
    except OSError:
        return b""


def test_boots_stops_and_boots_again(provider: SandboxProvider, spec: MachineSpec) -> None:
    """READY is told, verbs can be repeated, the state disk survives a stop."""
    provider.create(spec, INITDATA)
    provider.create(spec, INITDATA)
    started = provider.start(CLUSTER, spec.machine)
    assert provider.start(CLUSTER, spec.machine) == replace(started, already=True)
    place = MachineDir.of(CLUSTER, spec.machine)
    assert {"host.sock", "tpm.sock"} <= {entry.name for entry in place.host.iterdir()}
    assert "systemd" in provider.console_log(CLUSTER, spec.machine).read_text()
    (place.disk / "asterism/kept").touch()
    assert [info.phase for info in provider.list_machines(CLUSTER)] == ["running"]
    with pytest.raises(UserError) as refused:
        provider.delete_network(CLUSTER)
    assert refused.value.error_id == "MCH-010"
    provider.stop(CLUSTER, spec.machine)
    provider.stop(CLUSTER, spec.machine)
    assert [info.phase for info in provider.list_machines(CLUSTER)] == ["stopped"]
    assert not list(place.host.iterdir())
    assert not provider.start(CLUSTER, spec.machine).already
    assert (place.disk / "asterism/kept").exists()


def test_a_taken_name_is_not_given_again(provider: SandboxProvider, spec: MachineSpec) -> None:
    """Another specification or other initdata under the same name is a conflict."""
    provider.create(spec, INITDATA)
    for other, initdata in ((replace(spec, vcpus=4), INITDATA), (spec, b"{}")):
        with pytest.raises(UserError) as refused:
            provider.create(other, initdata)
        assert refused.value.error_id == "MCH-004"


def test_the_node_dies_with_its_process(provider: SandboxProvider, spec: MachineSpec) -> None:
    """SIGKILL of the machine's process ends its init and TPM; what is left can be removed."""
    provider.create(spec, INITDATA)
    started = provider.start(CLUSTER, spec.machine)
    state = MachineDir.of(CLUSTER, spec.machine).state()
    assert state is not None
    assert state.init is not None
    os.kill(started.pid, signal.SIGKILL)
    assert state.init.wait(5)
    assert [info.phase for info in provider.list_machines(CLUSTER)] == ["stopped"]
    assert not provider.start(CLUSTER, spec.machine).already


def test_a_flipped_byte_is_not_booted(
    provider: SandboxProvider, spec: MachineSpec, tmp_path: Path
) -> None:
    """The firmware compares the root file with the measured command line."""
    image = tmp_path / "image"
    shutil.copytree(spec.image_dir, image)
    with (image / spec.files.root).open("r+b") as file:
        file.seek(100_000)
        byte = file.read(1)
        file.seek(100_000)
        file.write(bytes([byte[0] ^ 1]))
    provider.create(replace(spec, image_dir=image), INITDATA)
    with pytest.raises(ProvisionError) as refused:
        provider.start(CLUSTER, spec.machine)
    assert refused.value.error_id == "MCH-131"
    info = provider.list_machines(CLUSTER)[0]
    assert (info.phase, info.error) == ("failed", "MCH-131")


def test_what_was_half_made_can_be_deleted(provider: SandboxProvider, spec: MachineSpec) -> None:
    """A directory without documents is removed, and so is a machine that never was."""
    MachineDir.of(CLUSTER, spec.machine).make()
    provider.delete(CLUSTER, spec.machine)
    provider.delete(CLUSTER, spec.machine)
    assert provider.list_machines(CLUSTER) == []


def test_a_machine_without_network_says_so(provider: SandboxProvider, spec: MachineSpec) -> None:
    """The error of the machine's process reaches the caller with its ID; nothing keeps running."""
    provider.create(spec, INITDATA)
    provider.delete_network(CLUSTER)
    with pytest.raises(Error) as refused:
        provider.start(CLUSTER, spec.machine)
    assert refused.value.error_id == "MCH-003"


def test_ansible_starts_machines_side_by_side(
    provider: SandboxProvider, spec: MachineSpec, capsys: pytest.CaptureFixture[str]
) -> None:
    """One playbook, all machines at once; two are deleted within 3 s."""
    other = replace(spec, machine="m-worker-1", role="worker", address=IPv4Address("10.210.0.12"))
    told: list[MachineStarted] = []
    launches = [Launch(item, INITDATA) for item in (spec, other)]
    done = provision(launches, told.append)
    assert (
        {item.machine for item in told}
        == {"m-cp-1", "m-worker-1"}
        == {item.machine for item in done.started}
    )
    assert 0 < done.ansible_seconds < done.seconds
    began = time.monotonic()
    with ThreadPoolExecutor() as pool:
        list(pool.map(provider.delete, [CLUSTER] * 2, ["m-cp-1", "m-worker-1"]))
    assert time.monotonic() - began < 3
    with capsys.disabled():
        print(f"\n{done.seconds:.2f} s, Ansible's share {done.ansible_seconds:.2f} s")


def test_provisioning_keeps_a_machine_s_own_error(
    provider: SandboxProvider, spec: MachineSpec, tmp_path: Path
) -> None:
    """The ID of the machine's refusal comes through Ansible."""
    assert provider.list_machines(CLUSTER) == []
    with pytest.raises(ProvisionError) as refused:
        provision([Launch(replace(spec, image_dir=tmp_path), INITDATA)])
    assert refused.value.error_id == "MCH-007"
