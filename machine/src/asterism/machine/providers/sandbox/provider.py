"""The sandbox provider: each verb from the host's side; `asterism.machine.run` does the booting."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from typing_extensions import override

from asterism.config import network as addresses
from asterism.config import paths
from asterism.errors import Error, ProvisionError, UserError
from asterism.machine import image_files
from asterism.machine.files import lock_file, write_json, write_whole
from asterism.machine.launcher import launch
from asterism.machine.providers.base import MachineInfo, Provider, Started
from asterism.machine.providers.sandbox import leftovers, network
from asterism.machine.providers.sandbox.supervisor import CUT_POWER, HALT
from asterism.machine.relay import control as relay
from asterism.machine.spec import MachineSpec, check_cluster_name
from asterism.machine.store import MachineDir, MachineState, machines_in


class SandboxProvider(Provider):
    """Machines on this host."""

    @override
    def create_network(self, cluster: str) -> None:
        check_cluster_name(cluster)
        folder = paths.cluster_dir(cluster)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with lock_file(folder / ".network.lock"):
            namespace = network.namespace_of(cluster)
            plain = {"namespace": namespace, "subnet": str(addresses.UNDERLAY)}
            write_json(folder / "network.json", plain)
            network.create(cluster)

    @override
    def delete_network(self, cluster: str) -> None:
        check_cluster_name(cluster)
        folder = paths.cluster_dir(cluster)
        with lock_file(folder / ".network.lock"):
            running = [item.machine for item in self.list_machines(cluster) if item.pid is not None]
            if running:
                raise UserError("MCH-010", f"still running: {', '.join(running)}")
            relay.stop(cluster)
            network.delete(cluster)
            _forget(folder)

    @override
    def create(self, spec: MachineSpec, initdata: bytes) -> None:
        image_files.require_present(spec)
        machine = MachineDir.of(spec.cluster, spec.machine)
        with machine.locked():
            machine.path.mkdir(mode=0o700, exist_ok=True)
            if machine.spec_file.exists():
                _require_same(machine, spec, initdata)
            write_whole(machine.initdata_file, initdata)
            # The specification comes last: a directory with one is complete.
            write_whole(machine.spec_file, spec.to_json().encode())
            if machine.state() is None:
                machine.write_state(MachineState("created"))

    @override
    def start(self, cluster: str, machine: str) -> Started:
        with _existing(cluster, machine) as (place, lock):
            state = place.state()
            if state and state.process and state.process.alive() and state.ready_ms is not None:
                return Started(state.process.pid, state.ready_ms, already=True)
            self._end(place, CUT_POWER)
            place.make()
            try:
                return launch(place, lock)
            except Error:
                self._end(place, CUT_POWER)
                raise

    @override
    def stop(self, cluster: str, machine: str) -> None:
        with _existing(cluster, machine) as (place, _):
            self._end(place, HALT)
            place.update_state(phase="stopped", process=None, init=None, ready_ms=None)

    @override
    def delete(self, cluster: str, machine: str) -> None:
        place = MachineDir.of(cluster, machine)
        if not place.path.parent.is_dir():
            return
        with place.locked():
            self._end(place, CUT_POWER)
            place.remove()

    @override
    def require_running(self, cluster: str, machine: str) -> None:
        described = _describe(MachineDir.of(cluster, machine))
        if described.pid is None:
            reason = f" because of {described.error}" if described.error else ""
            detail = f"{machine} does not run: {described.phase}{reason}"
            raise ProvisionError("MCH-019", detail, ended_by=described.error or "nothing on record")

    @override
    def list_machines(self, cluster: str) -> list[MachineInfo]:
        check_cluster_name(cluster)
        return [_describe(machine) for machine in machines_in(paths.cluster_dir(cluster))]

    @override
    def console_log(self, cluster: str, machine: str) -> Path:
        place = MachineDir.of(cluster, machine)
        place.spec()
        return place.console_log

    @override
    def machine_log(self, cluster: str, machine: str) -> Path:
        place = MachineDir.of(cluster, machine)
        place.spec()
        return place.machine_log

    @override
    def attach_disk(self, cluster: str, machine: str, disk: Path) -> None:
        raise ProvisionError("MCH-009", f"cannot attach {disk} to {machine} of {cluster}")

    @override
    def detach_disk(self, cluster: str, machine: str, disk: Path) -> None:
        raise ProvisionError("MCH-009", f"cannot detach {disk} from {machine} of {cluster}")

    def _end(self, machine: MachineDir, order: signal.Signals) -> None:
        leftovers.end_process(machine, order)
        leftovers.remove(machine)


@contextmanager
def _existing(cluster: str, machine: str) -> Iterator[tuple[MachineDir, int]]:
    """A machine that was created, and its lock, held. Raises UserError MCH-002."""
    place = MachineDir.of(cluster, machine)
    place.spec()  # a lock makes directories, which a machine that never was must not leave
    with place.locked() as lock:
        place.spec()  # it may have been deleted while we waited
        yield place, lock


def _require_same(machine: MachineDir, spec: MachineSpec, initdata: bytes) -> None:
    if machine.spec() != spec:
        raise UserError("MCH-004", f"{machine.machine} exists with another specification")
    if machine.initdata_file.read_bytes() != initdata:
        raise UserError("MCH-004", f"{machine.machine} exists with other initdata")


def _describe(machine: MachineDir) -> MachineInfo:
    state = machine.state() or MachineState("created")
    alive = state.process is not None and state.process.alive()
    phase = "stopped" if state.phase in {"starting", "running"} and not alive else state.phase
    try:
        spec = machine.spec()
    except UserError:
        spec = None
    return MachineInfo(
        cluster=machine.cluster,
        machine=machine.machine,
        phase=phase,
        role=spec.role if spec else None,
        address=str(spec.address) if spec else None,
        pid=state.process.pid if alive and state.process else None,
        ready_ms=state.ready_ms if alive else None,
        error=state.error,
    )


def _forget(folder: Path) -> None:
    documents = ("network.json", "relay.json", "relay.log")
    locks = (".network.lock", ".relay.lock", ".provision.lock")
    for name in (*documents, *locks):
        (folder / name).unlink(missing_ok=True)
    if (folder / "machines").is_dir() and not machines_in(folder):
        shutil.rmtree(folder / "machines")  # only locks are left in it
    with suppress(OSError):
        os.rmdir(folder)  # it stays when the cluster keeps other state there
