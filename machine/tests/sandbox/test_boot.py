"""Whole machines of the built image: booted, stopped, killed, removed without a trace."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism.attestation.grant import Role
from asterism.config import paths
from asterism.e2e.lab.owner import LabOwner
from asterism.errors import Error, ProvisionError, UserError
from asterism.machine.makers.store import MakerStore
from asterism.machine.providers.sandbox import roots
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.provision import Launch, MachineStarted, provision
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir

pytestmark = [pytest.mark.root, pytest.mark.image, pytest.mark.tools]

CLUSTER = f"boot-{os.getpid()}"


@pytest.fixture(scope="module")
def initdata(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A document that some owner signed, with which an agent starts."""
    owner = LabOwner(MakerStore(tmp_path_factory.mktemp("makers")))
    return owner.initdata("m-cp-1", Role.CONTROL_PLANE).encode()


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


def run_in(place: MachineDir, words: str) -> str:
    """What a shell in the node says, as a process of the node: in its namespaces and groups."""
    state = place.state()
    assert state is not None
    assert state.init is not None
    joined = "".join(f"echo 0 > {group}/cgroup.procs; " for group in state.cgroups)
    target = f"nsenter --target {state.init.pid} --all --root --wd -- sh -c"
    outer = ["sh", "-c", f'{joined} exec {target} "$0"', words]
    return subprocess.run(outer, capture_output=True, text=True, check=False).stdout


def test_boots_stops_and_boots_again(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """READY is told, verbs can be repeated, the state disk survives a stop."""
    provider.create(spec, initdata)
    provider.create(spec, initdata)
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


def test_a_taken_name_is_not_given_again(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """Another specification or other initdata under the same name is a conflict."""
    provider.create(spec, initdata)
    for other, document in ((replace(spec, vcpus=4), initdata), (spec, b"{}")):
        with pytest.raises(UserError) as refused:
            provider.create(other, document)
        assert refused.value.error_id == "MCH-004"


def test_the_node_dies_with_its_process(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """SIGKILL of the machine's process ends its init and TPM; what is left can be removed."""
    provider.create(spec, initdata)
    started = provider.start(CLUSTER, spec.machine)
    state = MachineDir.of(CLUSTER, spec.machine).state()
    assert state is not None
    assert state.init is not None
    os.kill(started.pid, signal.SIGKILL)
    assert state.init.wait(5)
    assert [info.phase for info in provider.list_machines(CLUSTER)] == ["stopped"]
    assert not provider.start(CLUSTER, spec.machine).already


def test_a_flipped_byte_is_not_booted(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes, tmp_path: Path
) -> None:
    """The firmware compares the root file with the measured command line."""
    image = tmp_path / "image"
    shutil.copytree(spec.image_dir, image)
    with (image / spec.files.root).open("r+b") as file:
        file.seek(100_000)
        byte = file.read(1)
        file.seek(100_000)
        file.write(bytes([byte[0] ^ 1]))
    provider.create(replace(spec, image_dir=image), initdata)
    with pytest.raises(ProvisionError) as refused:
        provider.start(CLUSTER, spec.machine)
    assert refused.value.error_id == "MCH-131"
    info = provider.list_machines(CLUSTER)[0]
    assert (info.phase, info.error) == ("failed", "MCH-131")


def test_a_node_whose_agent_fails_at_boot_does_not_start(
    provider: SandboxProvider, spec: MachineSpec
) -> None:
    """READY means that the attest port listens; the console says why it never will."""
    provider.create(spec, b'{"cluster":"boot"}')
    began = time.monotonic()
    with pytest.raises(ProvisionError) as refused:
        provider.start(CLUSTER, spec.machine)
    assert time.monotonic() - began < 10
    assert refused.value.error_id == "MCH-005"
    assert "[DOC-003]" in str(refused.value.facts["console"])
    assert provider.list_machines(CLUSTER)[0].phase == "failed"


def test_an_agent_that_fails_later_does_not_take_the_node_down(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """Without its TPM it cannot come back; containers and kubelet would live on."""
    provider.create(spec, initdata)
    provider.start(CLUSTER, spec.machine)
    place = MachineDir.of(CLUSTER, spec.machine)
    (place.host / "tpm.sock").rename(place.host / "hidden")
    run_in(place, "kill -9 $(systemctl show --property MainPID --value asterism-agent)")
    end = time.monotonic() + 10
    while "MCH-101" not in place.console_log.read_text():
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "active" in run_in(place, "systemctl is-active node.target").split()
    (place.host / "hidden").rename(place.host / "tpm.sock")


def test_a_node_does_not_reach_the_host_s_disks(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """Root in a node can make the device's file and not open it; other devices work."""
    provider.create(spec, initdata)
    provider.start(CLUSTER, spec.machine)
    numbers = Path("/proc/partitions").read_text().splitlines()[2].split()
    words = f"mknod /dev/disk b {numbers[0]} {numbers[1]} && echo made; head -c 1 /dev/disk"
    said = run_in(MachineDir.of(CLUSTER, spec.machine), f"({words}; head -c 0 /dev/zero) 2>&1")
    assert "made" in said
    assert "Operation not permitted" in said
    assert "/dev/zero" not in said


def test_what_was_half_made_can_be_deleted(provider: SandboxProvider, spec: MachineSpec) -> None:
    """A directory without documents is removed, and so is a machine that never was."""
    MachineDir.of(CLUSTER, spec.machine).make()
    provider.delete(CLUSTER, spec.machine)
    provider.delete(CLUSTER, spec.machine)
    assert provider.list_machines(CLUSTER) == []


def test_a_machine_without_network_says_so(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """The error of the machine's process reaches the caller with its ID; nothing keeps running."""
    provider.create(spec, initdata)
    provider.delete_network(CLUSTER)
    with pytest.raises(Error) as refused:
        provider.start(CLUSTER, spec.machine)
    assert refused.value.error_id == "MCH-003"


def test_ansible_starts_machines_side_by_side(
    provider: SandboxProvider,
    spec: MachineSpec,
    initdata: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One playbook, all machines at once; two are deleted within 3 s."""
    other = replace(spec, machine="m-worker-1", role="worker", address=IPv4Address("10.210.0.12"))
    told: list[MachineStarted] = []
    launches = [Launch(item, initdata) for item in (spec, other)]
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
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes, tmp_path: Path
) -> None:
    """The ID of the machine's refusal comes through Ansible."""
    assert provider.list_machines(CLUSTER) == []
    with pytest.raises(ProvisionError) as refused:
        provision([Launch(replace(spec, image_dir=tmp_path), initdata)])
    assert refused.value.error_id == "MCH-007"
