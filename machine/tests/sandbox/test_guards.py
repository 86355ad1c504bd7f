"""What a whole node may not outlive, and the memory that it may have."""

import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from asterism.errors import ProvisionError
from asterism.machine.identity import ProcessId
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir, MachineState

pytestmark = [pytest.mark.root, pytest.mark.image, pytest.mark.tools]

END_SECONDS = 30.0
LIMITS = ("memory.max", "memory.limit_in_bytes")
"""Of a control group: version 2, version 1."""


def state_of(place: MachineDir) -> MachineState:
    """What is recorded."""
    state = place.state()
    assert state is not None
    return state


def expect_end(place: MachineDir, error_id: str) -> None:
    """The machine's process ends its node, records why, and the provider says it."""
    state = state_of(place)
    assert state.init is not None
    assert state.process is not None
    assert state.init.wait(END_SECONDS), "the node goes on"
    assert state.process.wait(END_SECONDS)
    assert state_of(place).error == error_id
    with pytest.raises(ProvisionError, match="MCH-019") as told:
        SandboxProvider().require_running(place.cluster, place.machine)
    assert told.value.facts["ended_by"] == error_id


def tpm_of(place: MachineDir) -> ProcessId:
    """The swtpm that works on the machine's TPM state."""
    wanted = f"dir={place.tpm}/state".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        words = (entry / "cmdline").read_bytes().split(b"\0")
        if words[0] == b"swtpm" and wanted in words:
            return ProcessId.of(int(entry.name))
    pytest.fail("no TPM runs")


def test_a_node_without_its_tpm_is_ended_and_can_be_started_again(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """MCH-132; the next start measures into registers that begin at zero."""
    provider.create(spec, initdata)
    provider.start(spec.cluster, spec.machine)
    place = MachineDir.of(spec.cluster, spec.machine)
    tpm_of(place).send(signal.SIGKILL)
    expect_end(place, "MCH-132")
    assert not provider.start(spec.cluster, spec.machine).already
    provider.require_running(spec.cluster, spec.machine)


def test_a_node_whose_root_is_changed_is_ended_and_does_not_start_again(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes, tmp_path: Path
) -> None:
    """MCH-133 while it runs, MCH-131 for whoever would start it from that file."""
    image = tmp_path / "image"
    shutil.copytree(spec.image_dir, image)
    provider.create(replace(spec, image_dir=image), initdata)
    provider.start(spec.cluster, spec.machine)
    with (image / spec.files.root).open("r+b") as file:
        file.write(b"\1")
    expect_end(MachineDir.of(spec.cluster, spec.machine), "MCH-133")
    with pytest.raises(ProvisionError, match="MCH-131"):
        provider.start(spec.cluster, spec.machine)


def test_a_node_has_the_memory_of_its_specification(
    provider: SandboxProvider, spec: MachineSpec, initdata: bytes
) -> None:
    """It is what the node takes for its size, and what its control group holds."""
    provider.create(replace(spec, memory=1024), initdata)
    provider.start(spec.cluster, spec.machine)
    state = state_of(MachineDir.of(spec.cluster, spec.machine))
    assert state.init is not None
    inside = ["nsenter", "--target", str(state.init.pid), "--mount", "--", "cat", "/proc/meminfo"]
    shown = subprocess.run(inside, capture_output=True, text=True, check=True).stdout
    assert shown.split()[:3] == ["MemTotal:", str(1024 << 10), "kB"]
    limits = [Path(group, name) for group in state.cgroups for name in LIMITS]
    found = [int(limit.read_text()) for limit in limits if limit.exists()]
    assert found == [1024 << 20]
