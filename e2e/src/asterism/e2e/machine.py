"""One machine of a cluster as the host sees it: its processes, its files, its network."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism import proc
from asterism.e2e import processes
from asterism.e2e.processes import Process

ENTER_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine by its folder of the host's state."""

    folder: Path

    @property
    def name(self) -> str:
        """The machine's name, which is its node's too."""
        return self.folder.name

    @property
    def spec(self) -> Any:
        """What the host was asked to make (`machine.json`)."""
        return json.loads((self.folder / "machine.json").read_text())

    @property
    def state(self) -> Any:
        """What the host recorded of the running machine (`state.json`)."""
        return json.loads((self.folder / "state.json").read_text())

    @property
    def process(self) -> Process:
        """The process that is this machine; when it ends, the node ends."""
        process = processes.find(self.state["pid"])
        assert process is not None, f"{self.name} does not run"
        return process

    @property
    def init(self) -> Process:
        """PID 1 of the node: the first process below the machine in another pid namespace."""
        machine = self.process
        own = processes.namespace(machine.pid, "pid")
        for child in processes.descendants(machine.pid):
            if processes.namespace(child.pid, "pid") not in {own, ""}:
                return child
        msg = f"{self.name} has no running init"
        raise AssertionError(msg)

    def run(
        self, *argv: str, check: bool = True, stdin: bytes = b"", timeout: float = ENTER_TIMEOUT
    ) -> proc.Completed:
        """Run a program inside the node as its root. The host can do that to an emulated machine
        only: on real hardware the same door does not exist."""
        enter = ["nsenter", "--target", str(self.init.pid), "--all", "--"]
        return proc.run([*enter, *argv], check=check, stdin=stdin, timeout=timeout)

    def unit_process(self, unit: str) -> Process:
        """The main process of a systemd unit of the node, by the host's pid."""
        inside = int(self.run("systemctl", "show", "-P", "MainPID", unit).text)
        assert inside > 0, f"{unit} of {self.name} does not run"
        for process in processes.descendants(self.process.pid):
            if _pid_inside(process.pid) == inside:
                return process
        msg = f"process {inside} of {unit} in {self.name} is not visible"
        raise AssertionError(msg)

    def journal(self) -> str:
        """The node's journal, as far as it can be read."""
        return self.run("journalctl", "--no-pager", "-o", "short-precise", check=False).text

    def console(self) -> str:
        """What the node wrote to its console."""
        path = self.folder / "console.log"
        return path.read_text(errors="replace") if path.is_file() else ""


def _pid_inside(pid: int) -> int:
    """The pid in the process's own pid namespace (proc_pid_status, NSpid), 0 for the dead.

    Containers have namespaces below the node's; only processes two levels deep are the node's own.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    levels = next((x.split()[1:] for x in status.splitlines() if x.startswith("NSpid:")), [])
    return int(levels[1]) if len(levels) == 2 else 0
