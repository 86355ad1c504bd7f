"""A host that resets the TPM under a running machine and measures what fits (attack T01)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asterism.e2e import processes
from asterism.machine.identity import ProcessId
from asterism.machine.vtpm.vtpm import Vtpm
from asterism.measurement import eventlog
from asterism.tpm import commands
from asterism.tpm.constants import Alg

END_TIMEOUT = 5.0


@contextmanager
def reset(folder: Path, event_log: bytes) -> Iterator[None]:
    """Restart the TPM of the lab machine in `folder` and replay `event_log` into it."""
    process_of(folder / "tpm").end(END_TIMEOUT)
    with Vtpm.start(folder / "tpm", folder / "host") as tpm:
        for event in eventlog.parse(event_log).events:
            commands.pcr_extend(tpm.device, event.pcr, event.digests[Alg.SHA256])
        yield


def process_of(tpm_folder: Path) -> ProcessId:
    """The swtpm whose state lies in `tpm_folder`."""
    for pid in processes.everything():
        command = processes.command_of(pid)
        if command.startswith("swtpm ") and f"dir={tpm_folder}/" in command:
            return ProcessId.of(pid)
    msg = f"no TPM runs on {tpm_folder}"
    raise AssertionError(msg)
