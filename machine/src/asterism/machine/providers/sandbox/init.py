"""The first process of a node: forked from the machine's process, it becomes systemd.

Order matters twice. The PID namespace must be new before the fork, all others are made after it;
and the fork must come before the machine's process has threads.
"""

import os
import signal
import traceback
from collections.abc import Mapping, Sequence
from typing import NoReturn

from asterism.config import paths
from asterism.errors import ProvisionError
from asterism.machine import kernel
from asterism.machine.kernel import Clone
from asterism.machine.providers.sandbox.cgroups import V1_SYSTEMD_ARGUMENTS
from asterism.machine.providers.sandbox.node_root import NodeRoot

SYSTEMD = "/usr/lib/systemd/systemd"
OWN_NAMESPACES = (
    Clone.NEWNS | Clone.NEWCGROUP | Clone.NEWUTS | Clone.NEWIPC | Clone.NEWNET
)  # fmt: skip
DROPPED_CAPABILITIES = (
    kernel.CAP_SYS_MODULE, kernel.CAP_SYS_RAWIO, kernel.CAP_SYS_TIME, kernel.CAP_SYSLOG
)  # fmt: skip
"""What reaches the one kernel that all nodes and the host share. CAP_MKNOD is not among them: runc
needs it for containers, and the device cgroup refuses to open what must not be opened."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NOTIFY_SOCKET = paths.NODE_HOST / "notify.sock"
BUILT = b"\0"
GO = b"\0"


class NodeInit:
    """A node's first process, our child: between fork and exec, after it, and at its end."""

    def __init__(self, pid: int, report: int, go: int) -> None:
        self.pid = pid
        self._report = report
        self._go = go
        self._status: int | None = None

    def wait_built(self) -> None:
        """Wait until the node's namespaces and mounts are there. Raises ProvisionError MCH-018."""
        said = os.read(self._report, 1)
        if said != BUILT:
            raise self._failure(said)

    def let_go(self) -> None:
        """Have it become systemd: network, host socket and TPM are there.

        Raises ProvisionError MCH-018 when the root holds no init that can be started.
        """
        os.write(self._go, GO)
        os.close(self._go)
        # A started program closes the report without a word (close-on-exec).
        if said := os.read(self._report, 1):
            raise self._failure(said)
        os.close(self._report)

    def reap(self) -> int:
        """Wait for its end; the status as waitpid(2) gives it."""
        if self._status is None:
            self._status = os.waitpid(self.pid, 0)[1]
        return self._status

    def kill(self) -> None:
        """End it, and with it all processes of the node, unless it has been reaped."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.reap()

    def _failure(self, begin: bytes) -> ProvisionError:
        with os.fdopen(self._report, "rb") as report:
            text = (begin + report.read()).decode(errors="replace").strip()
        reason = text.splitlines()[-1] if text else "the process ended without a word"
        return ProvisionError("MCH-018", f"the node could not be built: {reason}", trace=text)


def fork_init(
    root: NodeRoot, command_line: Sequence[str], environment: Mapping[str, str]
) -> NodeInit:
    """Fork the first process of a new PID namespace; it builds the node and waits to be let go.

    `command_line` is what the kernel would hand to init: the words of the measured command line.
    The caller must be single-threaded. Raises OSError.
    """
    report_read, report_write = os.pipe2(os.O_CLOEXEC)
    go_read, go_write = os.pipe2(os.O_CLOEXEC)
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    kernel.unshare(Clone.NEWPID)
    pid = os.fork()
    if pid == 0:
        os.close(report_read)
        os.close(go_write)
        _become_init(root, command_line, environment, report_write, go_read)
    kernel.set_namespace(own, Clone.NEWPID)  # later children belong to the host again
    for descriptor in (own, report_write, go_read):
        os.close(descriptor)
    return NodeInit(pid, report_read, go_write)


def _become_init(
    root: NodeRoot,
    command_line: Sequence[str],
    environment: Mapping[str, str],
    report: int,
    go: int,
) -> NoReturn:
    try:
        _reset_signals()
        # Set before the first wait on the parent's pipe, so a parent that died earlier shows there.
        kernel.die_with_parent(signal.SIGKILL)
        root.hierarchies.join(root.machine.label)
        kernel.unshare(OWN_NAMESPACES)
        root.build()
        kernel.set_hostname(root.machine.machine)
        root.enter()
        os.write(report, BUILT)
        if os.read(go, 1) == GO:
            _execute(root.hierarchies.unified, command_line, environment)
    except BaseException:  # noqa: BLE001 - the parent tells it
        os.write(report, traceback.format_exc().encode())
    finally:
        os._exit(1)  # nothing may run on as a copy of the parent


def _execute(
    unified: bool,
    command_line: Sequence[str],
    environment: Mapping[str, str],
) -> NoReturn:
    os.setsid()
    nothing = os.open("/dev/null", os.O_RDONLY)
    console = os.open("/dev/console", os.O_RDWR | os.O_NOCTTY)
    os.dup2(nothing, 0)
    os.dup2(console, 1)
    os.dup2(console, 2)
    for capability in DROPPED_CAPABILITIES:
        kernel.drop_capability(capability)
    legacy = () if unified else V1_SYSTEMD_ARGUMENTS
    base = {
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "container": "asterism",
        "NOTIFY_SOCKET": str(NOTIFY_SOCKET),
    }
    os.execve(  # noqa: S606 - this process becomes the node's init
        SYSTEMD, [SYSTEMD, *command_line, *legacy], base | dict(environment)
    )


def _reset_signals() -> None:
    signal.set_wakeup_fd(-1)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
