"""The host's half, as orchestration calls it: machines, network, relay, makers, preflight.

Everything behind this is untrusted: what it gives is shown to people or verified later.
"""

from concurrent.futures import ThreadPoolExecutor

from asterism.attestation.anchors import Anchor, Format
from asterism.cluster.privilege import require_root
from asterism.cluster.state import ClusterState
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.relay import control as relay

PARALLEL = 8


def wake(record: ClusterState) -> int:
    """Start the machines and the relay that are recorded but do not run; the relay's port."""
    provider = SandboxProvider()
    provider.create_network(record.name)
    names = [machine.name for machine in record.machines]
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda machine: provider.start(record.name, machine), names))
    return relay.start(record.name)


def delete(cluster: str) -> list[str]:
    """Remove every machine, the relay and the network of a cluster; the machines' names."""
    provider = SandboxProvider()
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
