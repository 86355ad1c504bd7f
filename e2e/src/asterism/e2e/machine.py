"""One machine of a cluster as the host sees it: its processes, its logs, a door into the node."""

from dataclasses import dataclass

from asterism import proc
from asterism.e2e import processes
from asterism.machine.identity import ProcessId
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir, MachineState

ENTER_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine by its folder of the host's state."""

    folder: MachineDir

    @property
    def name(self) -> str:
        """The machine's name, which is its node's too."""
        return self.folder.machine

    @property
    def spec(self) -> MachineSpec:
        """What the host was asked to make."""
        return self.folder.spec()

    @property
    def state(self) -> MachineState:
        """What the host recorded of it."""
        state = self.folder.state()
        assert state is not None, f"nothing is recorded of {self.name}"
        return state

    @property
    def process(self) -> ProcessId:
        """The process that is this machine; when it ends, the node ends."""
        process = self.state.process
        assert process is not None, f"{self.name} never ran"
        return process

    @property
    def init(self) -> ProcessId:
        """PID 1 of the running node."""
        init = self.state.init
        assert init is not None, f"{self.name} never ran"
        assert init.alive(), f"{self.name} does not run"
        return init

    def run(
        self, *argv: str, check: bool = True, stdin: bytes = b"", timeout: float = ENTER_TIMEOUT
    ) -> proc.Completed:
        """Run a program inside the node as its root.

        The host can do that to an emulated machine; real hardware has no such door.
        """
        enter = ["nsenter", "--target", str(self.init.pid), "--all", "--"]
        return proc.run([*enter, *argv], check=check, stdin=stdin, timeout=timeout)

    def write(self, path: str, content: bytes) -> None:
        """Write a file inside the node, with the folders above it."""
        script = 'mkdir -p "$(dirname "$1")" && cat > "$1"'
        self.run("sh", "-c", script, "sh", path, stdin=content)

    def unit_process(self, unit: str) -> ProcessId:
        """The main process of a systemd unit of the node, as the host numbers it."""
        inside = int(self.run("systemctl", "show", "-P", "MainPID", unit).text)
        assert inside > 0, f"{unit} of {self.name} does not run"
        depth = len(processes.pids_inside(self.init.pid))
        for pid in processes.descendants(self.init.pid):
            numbers = processes.pids_inside(pid)
            if len(numbers) == depth and numbers[-1] == inside:
                return ProcessId.of(pid)
        msg = f"process {inside} of {unit} in {self.name} is not visible"
        raise AssertionError(msg)

    def journal(self) -> str:
        """The node's journal."""
        return self.run("journalctl", "--no-pager", "-o", "short-precise", check=False).text
