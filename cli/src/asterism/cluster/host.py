"""The host's half, as orchestration calls it: machines, network, relay, makers, preflight.

Everything behind this is untrusted: what it gives is shown to people or verified later.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from asterism.attestation.anchors import Anchor, Format
from asterism.cluster.documents import VCPUS, MachineDocuments
from asterism.cluster.events import Step
from asterism.cluster.privilege import require_root
from asterism.cluster.state import ClusterState, Machine
from asterism.machine import provision as provisioning
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.provision import Launch, MachineStarted
from asterism.machine.relay import control as relay
from asterism.machine.spec import MachineSpec

PARALLEL = 8


def wake(record: ClusterState) -> int:
    """Start the machines and the relay that are recorded but do not run; the relay's port."""
    provider = SandboxProvider()
    provider.create_network(record.name)
    names = [machine.name for machine in record.machines]
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda machine: provider.start(record.name, machine), names))
    return relay.start(record.name)


def require_running(cluster: str, machine: str) -> None:
    """ProvisionError MCH-019 if the host says that the machine does not run, and why it ended.

    Who may not see the machines hears nothing.
    """
    with suppress(PermissionError):
        SandboxProvider().require_running(cluster, machine)


def delete(cluster: str) -> list[str]:
    """Remove every machine, the relay and the network of a cluster; the machines' names."""
    provider = SandboxProvider()
    provisioning.settle(cluster)
    relay.stop(cluster)
    names = [info.machine for info in provider.list_machines(cluster)]
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda machine: provider.delete(cluster, machine), names))
    provider.delete_network(cluster)
    return names


def log(cluster: str, machine: str, *, of_host: bool) -> bytes:
    """The console of a machine, or the log of its process on the host; empty if there is none."""
    provider = SandboxProvider()
    path = (provider.machine_log if of_host else provider.console_log)(cluster, machine)
    return path.read_bytes() if path.exists() else b""


def emulated_anchors() -> list[Anchor]:
    """The roots of the emulated makers of this computer, made at first use; needs root."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from asterism.machine.makers import export_anchors

    require_root()
    return [
        Anchor.of(Format(name), x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
        for name, pem in export_anchors().items()
    ]


@dataclass(frozen=True, slots=True)
class Provisioned:
    """Machines that run, and the relay that leads to them."""

    relay_port: int
    ansible_milliseconds: int


def provision(
    record: ClusterState, documents: Sequence[MachineDocuments], running: Step
) -> Provisioned:
    """Make and start all machines of a cluster at once through Ansible, then its relay."""

    def report(started: MachineStarted) -> None:
        running.note(f"{started.machine} runs", milliseconds=started.milliseconds)

    launches = [Launch(_spec(record, item.machine), item.initdata) for item in documents]
    made = provisioning.provision(launches, report)
    return Provisioned(relay.start(record.name), round(made.ansible_seconds * 1000))


def _spec(record: ClusterState, machine: Machine) -> MachineSpec:
    return MachineSpec.from_plain(
        {
            "cluster": record.name,
            "machine": machine.name,
            "role": machine.role,
            "image_dir": record.image,
            "address": machine.address,
            "tee": record.settings["nodes"]["tee"],
            "vcpus": VCPUS,
            "memory": record.settings["nodes"].get("memory") or None,
        }
    )
