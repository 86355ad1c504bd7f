"""Whole machines of the built image: booted, stopped, killed, removed without a trace."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from asterism.errors import Error, ProvisionError, UserError
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.provision import Launch, MachineStarted, provision
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir

pytestmark = [pytest.mark.root, pytest.mark.image, pytest.mark.tools]


def test_boots_stops_and_boots_again(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """READY is told, verbs can be repeated, the state disk survives a stop."""
    provider.create(spec, initdata)
    provider.create(spec, initdata)
    started = provider.start(spec.cluster, spec.machine)
    assert provider.start(spec.cluster, spec.machine) == replace(started, already=True)
    place = MachineDir.of(spec.cluster, spec.machine)
    assert {"host.sock", "tpm.sock"} <= {entry.name for entry in place.host.iterdir()}
    assert "systemd" in provider.console_log(spec.cluster, spec.machine).read_text()
    (place.disk / "asterism/kept").touch()
    assert [info.phase for info in provider.list_machines(spec.cluster)] == ["running"]
    with pytest.raises(UserError) as refused:
        provider.delete_network(spec.cluster)
    assert refused.value.error_id == "MCH-010"
    provider.stop(spec.cluster, spec.machine)
    provider.stop(spec.cluster, spec.machine)
    assert [info.phase for info in provider.list_machines(spec.cluster)] == ["stopped"]
    assert not list(place.host.iterdir())
    assert not provider.start(spec.cluster, spec.machine).already
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
    started = provider.start(spec.cluster, spec.machine)
    state = MachineDir.of(spec.cluster, spec.machine).state()
    assert state is not None
    assert state.init is not None
    os.kill(started.pid, signal.SIGKILL)
    assert state.init.wait(5)
    assert [info.phase for info in provider.list_machines(spec.cluster)] == ["stopped"]
    assert not provider.start(spec.cluster, spec.machine).already


@pytest.mark.slow
@pytest.mark.parametrize("tenths", range(1, 16))
def test_a_starter_killed_at_any_moment_hides_nothing_from_delete(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes, tenths: int
) -> None:
    """Its machine may go on to start; whoever deletes it next finds it, or what is left of it."""
    request = json.dumps({"spec": spec.to_plain(), "initdata": initdata.decode()})
    argv = [sys.executable, "-m", "asterism.machine", "launch"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as starter:
        assert starter.stdin is not None
        starter.stdin.write(request.encode())
        starter.stdin.close()
        time.sleep(tenths / 10)
        starter.kill()
    provider.delete(spec.cluster, spec.machine)
    assert provider.list_machines(spec.cluster) == []


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
        provider.start(spec.cluster, spec.machine)
    assert refused.value.error_id == "MCH-131"
    info = provider.list_machines(spec.cluster)[0]
    assert (info.phase, info.error) == ("failed", "MCH-131")


def test_what_was_half_made_can_be_deleted(provider: SandboxProvider, spec: MachineSpec) -> None:
    """A directory without documents is removed, and so is a machine that never was."""
    MachineDir.of(spec.cluster, spec.machine).make()
    provider.delete(spec.cluster, spec.machine)
    provider.delete(spec.cluster, spec.machine)
    assert provider.list_machines(spec.cluster) == []


def test_a_machine_without_network_says_so(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """The error of the machine's process reaches the caller with its ID; nothing keeps running."""
    provider.create(spec, initdata)
    provider.delete_network(spec.cluster)
    with pytest.raises(Error) as refused:
        provider.start(spec.cluster, spec.machine)
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
        list(pool.map(provider.delete, [spec.cluster] * 2, ["m-cp-1", "m-worker-1"]))
    assert time.monotonic() - began < 3
    with capsys.disabled():
        print(f"\n{done.seconds:.2f} s, Ansible's share {done.ansible_seconds:.2f} s")


def test_provisioning_keeps_a_machine_s_own_error(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes, tmp_path: Path
) -> None:
    """The ID of the machine's refusal comes through Ansible."""
    assert provider.list_machines(spec.cluster) == []
    with pytest.raises(ProvisionError) as refused:
        provision([Launch(replace(spec, image_dir=tmp_path), initdata)])
    assert refused.value.error_id == "MCH-007"
