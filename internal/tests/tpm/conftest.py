"""A real TPM for the tests: swtpm on a unix socket."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism.tpm import commands
from asterism.tpm.device import TpmDevice


class PoweredTpm:
    """swtpm with its state in a directory; `reset` takes its power away and gives it back."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.device = TpmDevice(directory / "tpm.sock")

    def on(self) -> None:
        """Start swtpm; TPM2_Startup is left to the test."""
        argv = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._directory}"]
        argv += ["--server", f"type=unixio,path={self.device.path}", "--flags", "not-need-init"]
        self._process = subprocess.Popen([*argv, "--log", "file=-"])
        while not self._answers():
            time.sleep(0.002)

    def _answers(self) -> bool:
        """Whether it listens: the file is there a moment earlier."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.device.path)) == 0

    def off(self) -> None:
        """End swtpm without TPM2_Shutdown, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self.device.path.unlink()
            self._process = None

    def reset(self) -> None:
        """Cut the power and start again."""
        self.off()
        self.on()
        commands.startup(self.device)


@pytest.fixture
def powered(tmp_path: Path) -> Iterator[PoweredTpm]:
    """A TPM that was just switched on and has not seen TPM2_Startup."""
    tpm = PoweredTpm(tmp_path)
    tpm.on()
    yield tpm
    tpm.off()


@pytest.fixture
def tpm(powered: PoweredTpm) -> TpmDevice:
    """A started TPM."""
    commands.startup(powered.device)
    return powered.device
