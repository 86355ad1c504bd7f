"""A booted node from inside: when it is ready, and what it cannot reach."""

import subprocess
import time
from pathlib import Path

import pytest

from asterism.errors import ProvisionError
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir

pytestmark = [pytest.mark.root, pytest.mark.image, pytest.mark.tools]


def run_in(place: MachineDir, words: str) -> str:
    """What a shell in the node says, as a process of the node: in its namespaces and groups."""
    state = place.state()
    assert state is not None
    assert state.init is not None
    joined = "".join(f"echo 0 > {group}/cgroup.procs; " for group in state.cgroups)
    target = f"nsenter --target {state.init.pid} --all --root --wd -- sh -c"
    outer = ["sh", "-c", f'{joined} exec {target} "$0"', words]
    return subprocess.run(outer, capture_output=True, text=True, check=False).stdout


def test_a_node_whose_agent_fails_at_boot_does_not_start(
    provider: SandboxProvider, spec: MachineSpec
) -> None:
    """READY means that the attest port listens; the console says why it never will."""
    provider.create(spec, b'{"cluster":"boot"}')
    began = time.monotonic()
    with pytest.raises(ProvisionError) as refused:
        provider.start(spec.cluster, spec.machine)
    assert time.monotonic() - began < 10
    assert refused.value.error_id == "MCH-005"
    assert "[DOC-003]" in str(refused.value.facts["console"])
    assert provider.list_machines(spec.cluster)[0].phase == "failed"


def test_an_agent_that_fails_later_does_not_take_the_node_down(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """Without its TPM it cannot come back; containers and kubelet would live on."""
    provider.create(spec, initdata)
    provider.start(spec.cluster, spec.machine)
    place = MachineDir.of(spec.cluster, spec.machine)
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
    provider.start(spec.cluster, spec.machine)
    numbers = Path("/proc/partitions").read_text().splitlines()[2].split()
    words = f"mknod /dev/disk b {numbers[0]} {numbers[1]} && echo made; head -c 1 /dev/disk"
    said = run_in(MachineDir.of(spec.cluster, spec.machine), f"({words}; head -c 0 /dev/zero) 2>&1")
    assert "made" in said
    assert "Operation not permitted" in said
    assert "/dev/zero" not in said
