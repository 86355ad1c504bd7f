"""Parts from inside of nodes, as only the host of an emulated machine can read them.

Real hardware has no such door: there these parts say so, and the console is what is left.
"""

from collections.abc import Iterator
from functools import partial

from asterism import proc
from asterism.cluster.support.part import Part
from asterism.config import paths
from asterism.errors import ProvisionError
from asterism.machine.store import MachineDir, machines_in

SECONDS = 20.0
UNITS = ("asterism-agent", "kubelet", "containerd")
JOURNAL = ("journalctl", "--no-pager", "--boot", "--output", "short-precise")

COMMANDS: dict[str, tuple[str, ...]] = {
    "journal.txt": (*JOURNAL, "--lines=20000", *(f"--unit={unit}" for unit in UNITS)),
    "journal-others.txt": (*JOURNAL, "--lines=5000", "--priority=info"),
    "units.txt": ("systemctl", "list-units", "--all", "--no-pager", "--full"),
    "addresses.txt": ("ip", "addr"),
    "routes.txt": ("ip", "route"),
    "rules.txt": ("nft", "list", "tables"),
    "sockets.txt": ("ss", "--listening", "--tcp", "--udp", "--numeric"),
    "disks.txt": ("df", "-h"),
    "processes.txt": ("ps", "-e", "-o", "pid,ppid,rss,etime,comm"),
}
"""What is run in each node. No command lines: in a node they may hold the tokens of its pods."""


def parts(cluster: str) -> Iterator[Part]:
    """The parts of every machine that there is."""
    try:
        machines = machines_in(paths.cluster_dir(cluster))
    except PermissionError:
        return
    for machine in machines:
        for name, argv in COMMANDS.items():
            yield Part(f"nodes/{machine.machine}/{name}", partial(_run, machine, argv))


def _run(machine: MachineDir, argv: tuple[str, ...]) -> bytes:
    state = machine.state()
    if state is None or state.init is None or not state.init.alive():
        raise ProvisionError("MCH-002", f"{machine.machine} does not run")
    enter = ["nsenter", "--target", str(state.init.pid), "--all", "--"]
    return proc.run([*enter, *argv], timeout=SECONDS).stdout
