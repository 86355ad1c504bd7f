"""The virtual TPM as the machine process uses it."""

import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from asterism.config import paths
from asterism.errors import Error
from asterism.machine.makers.store import MakerStore
from asterism.machine.makers.tpm import TpmMaker
from asterism.machine.vtpm.manufacture import manufacture
from asterism.machine.vtpm.process import SwtpmProcess
from asterism.tpm import commands
from asterism.tpm.device import TpmDevice

FAREWELL_TIMEOUT = 1.0
"""Seconds for the last command: a client that holds the TPM must not keep a machine from ending."""


class Vtpm:
    """A powered-on TPM. `socket` is what the node's agent talks to."""

    def __init__(self, process: SwtpmProcess) -> None:
        self._process = process
        self.socket = process.path
        self.device: TpmDevice = process.device()

    @classmethod
    def start(cls, tpm_dir: Path, host_dir: Path, makers: MakerStore | None = None) -> Self:
        """Power on the TPM whose state is in `tpm_dir`, made first if there is none.

        Its command socket is `host_dir`/tpm.sock; nothing else of it is in `host_dir`. All
        registers are as after a reset: TPM2_Startup(CLEAR) has been done. The process ends with
        the main thread, on which this must be called.
        Raises ProvisionError MCH-130 when swtpm does not come up, UserError MCH-120 for the store.
        """
        state = tpm_dir / "state"
        if not state.exists():
            _manufacture(tpm_dir, state, TpmMaker(makers or MakerStore()))
        vtpm = cls(SwtpmProcess.start(state, host_dir / paths.NODE_TPM_SOCKET.name))
        try:
            commands.startup(vtpm.device)
        except Error:
            vtpm.stop()
            raise
        return vtpm

    @property
    def pid(self) -> int:
        """The number of the swtpm process."""
        return self._process.pid

    def stop(self) -> None:
        """Power off: an orderly TPM2_Shutdown if the TPM still answers, then the process."""
        with suppress(Error):
            commands.shutdown(TpmDevice(self.socket, timeout=FAREWELL_TIMEOUT))
        self._process.kill()

    def __enter__(self) -> Self:
        """Give the TPM itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Power off."""
        self.stop()


def _manufacture(tpm_dir: Path, state: Path, maker: TpmMaker) -> None:
    """Make the TPM beside its place and move it there, so that a half-made one is never used."""
    unfinished = tpm_dir / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    manufacture(unfinished, maker)
    unfinished.rename(state)
