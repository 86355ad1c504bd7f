"""One run of a node, from measuring its image to the end of its init.

What the emulated hardware did not measure is not started: the firmware refuses a root file whose
hash is not in the command line that it measured, and the file is mounted by the same descriptor.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from asterism import clock
from asterism.errors import ProvisionError
from asterism.machine import image_files
from asterism.machine.hardware import Hardware, powered_on
from asterism.machine.identity import ProcessId
from asterism.machine.image_files import FileVersion
from asterism.machine.launcher import tail
from asterism.machine.providers.sandbox import network, roots
from asterism.machine.providers.sandbox.cgroups import Hierarchies
from asterism.machine.providers.sandbox.guards import Guard, RootGuard, TpmGuard
from asterism.machine.providers.sandbox.init import NOTIFY_SOCKET, NodeInit, fork_init
from asterism.machine.providers.sandbox.node_root import NodeRoot
from asterism.machine.providers.sandbox.supervisor import (
    Console,
    NotifySocket,
    Supervisor,
    describe_end,
)
from asterism.machine.store import MachineDir

log = logging.getLogger(__name__)


class NodeRun:
    """One run of one machine, in a process of its own."""

    def __init__(self, machine: MachineDir, on_ready: Callable[[int], None]) -> None:
        """`on_ready` gets the milliseconds from now to systemd's READY."""
        self._machine = machine
        self._on_ready = on_ready
        self._began = clock.monotonic()
        self._ready_ms: int | None = None

    def run(self) -> None:
        """Boot, then serve until init has ended; once it was READY that is no failure.

        The end of its TPM is one whenever it comes (MCH-132), a change of its root too (MCH-133).

        Must run in the main thread of a process without other threads, because it forks.
        Raises ProvisionError and UserError (MCH, HST).
        """
        hierarchies = Hierarchies.of_host()
        groups = hierarchies.groups_of(self._machine.label)
        self._machine.update_state(cgroups=tuple(map(str, groups)))
        hierarchies.make(self._machine.label)
        if memory := self._machine.spec().memory:
            hierarchies.limit_memory(self._machine.label, memory)
        with ExitStack() as stack:
            hardware, lower, guards = self._measure(stack)
            console = Console(self._machine.console_log)
            stack.callback(console.close)
            notify = NotifySocket(self._machine.host / NOTIFY_SOCKET.name)
            stack.callback(notify.close)
            root = NodeRoot(self._machine, lower, console.device, hierarchies)
            init = self._start(root, hardware, stack)
            watch = Supervisor(init.pid, console, notify, self._ready, guards)
            watch.run()
            status = init.reap()
        self._step(f"init {describe_end(status)}")
        if watch.failure is not None:
            raise watch.failure
        if self._ready_ms is None:
            reason = f"the node's init {describe_end(status)} before READY"
            raise ProvisionError("MCH-005", reason, console=tail(self._machine.console_log))

    def _measure(self, stack: ExitStack) -> tuple[Hardware, Path, Sequence[Guard]]:
        """Power the hardware on; it, the mounted root, which is the very file measured, and what
        the node may not outlive."""
        spec = self._machine.spec()
        files = stack.enter_context(image_files.opened(spec))
        before = FileVersion.of(files.root)
        hardware = stack.enter_context(powered_on(self._machine, files, spec.vcpus))
        self._step("measured")
        lower = roots.acquire(files.root, before, self._machine.label)
        tpm = TpmGuard(hardware.tpm)
        stack.callback(tpm.close)
        return hardware, lower, (tpm, RootGuard(files.root, before, hardware.command_line))

    def _start(self, root: NodeRoot, hardware: Hardware, stack: ExitStack) -> NodeInit:
        spec = self._machine.spec()
        environment = {"container_uuid": str(_machine_id(self._machine))}
        init = fork_init(root, hardware.command_line.split(), environment)
        stack.callback(init.kill)
        self._machine.update_state(init=ProcessId.of(init.pid))
        init.wait_built()
        network.plug_in(spec.cluster, self._machine.link, spec.address, init.pid)
        # gRPC has threads: nothing may be forked from here on.
        stack.callback(hardware.serve().stop)
        init.let_go()
        self._step("init started")
        return init

    def _ready(self) -> None:
        if self._ready_ms is not None:  # systemd says it again after each reload
            return
        self._ready_ms = self._elapsed_ms()
        self._machine.update_state(phase="running", ready_ms=self._ready_ms)
        self._step("READY")
        self._on_ready(self._ready_ms)

    def _elapsed_ms(self) -> int:
        return round((clock.monotonic() - self._began) * 1000)

    def _step(self, text: str) -> None:
        log.info("%5d ms %s", self._elapsed_ms(), text)


def _machine_id(machine: MachineDir) -> UUID:
    """What systemd takes as machine ID: the same for each boot of one machine, no other's."""
    facts = machine.label.encode() + machine.initdata_file.read_bytes()
    return UUID(bytes=sha256(facts).digest()[:16], version=4)
