"""The peer to compare with: plain kubeadm, the same image, binaries and settings, same namespaces.

Two machines of the sandbox boot the very node image with our agent stopped. `kubeadm init` and
`kubeadm join` run in them with the settings that our own control plane gets, less what is about
identity: no attestation, no trust service, kubeadm's own tokens and certificates. etcd is as
durable.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network

from asterism import proc
from asterism.attestation.grant import Role
from asterism.bootstrapper import kubelet
from asterism.cluster import image
from asterism.config import network
from asterism.e2e.bench import plain_config as config
from asterism.e2e.bench.watching import Readiness, from_node, watching
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.machine import Machine
from asterism.e2e.waiting import eventually
from asterism.machine.makers.store import MakerStore
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineDir

CLUSTER = "bench-plain"
NODES = (f"{CLUSTER}-cp-1", f"{CLUSTER}-worker-1")
TIMEOUT = 180.0


def measure() -> Readiness:
    """Create the peer, and delete it; seconds until it was as ready as ours has to be."""
    with (
        _machines() as (first, second),
        watching(from_node(first, len(NODES))) as readiness,
        ThreadPoolExecutor() as pool,
    ):
        initialised = pool.submit(_control_plane, first)
        joined = pool.submit(_worker, second, first, initialised)
        for task in (initialised, joined):
            task.result()
        return readiness()


@contextmanager
def _machines() -> Iterator[tuple[Machine, Machine]]:
    provider, owner = SandboxProvider(), LabOwner(MakerStore())
    provider.create_network(CLUSTER)
    try:
        for number, name in enumerate(NODES):
            spec = _spec(name, number)
            provider.create(spec, owner.initdata(name, Role(spec.role)).encode())
        first, second = (Machine(MachineDir.of(CLUSTER, name)) for name in NODES)
        yield first, second
    finally:
        for name in NODES:
            provider.delete(CLUSTER, name)
        provider.delete_network(CLUSTER)


def _spec(name: str, number: int) -> MachineSpec:
    return MachineSpec(
        cluster=CLUSTER,
        machine=name,
        role="control-plane" if number == 0 else "worker",
        image_dir=image.find(image.CURRENT).directory,
        address=underlay(number),
    )


def underlay(number: int) -> IPv4Address:
    """The wires' address of node `number`, from 0."""
    return network.UNDERLAY[11 + number]


def mesh(number: int) -> IPv4Address:
    """The node address of node `number`."""
    return network.MESH[11 + number]


def pods(number: int) -> IPv4Network:
    """The pod range of node `number`."""
    return list(network.PODS.subnets(new_prefix=24))[number]


def _boot(machine: Machine, number: int) -> None:
    """Start the node, stop our agent, and do the little that it would do for the network."""
    SandboxProvider().start(CLUSTER, machine.name)
    other = 1 - number
    script = f"""
    systemctl mask --runtime --now asterism-agent.service 2>/dev/null
    nft delete table inet asterism 2>/dev/null
    ip link show mesh0 >/dev/null 2>&1 || ip link add mesh0 type bridge
    ip addr replace {mesh(number)}/32 dev mesh0; ip link set mesh0 up
    ip route replace {mesh(other)}/32 via {underlay(other)} src {mesh(number)}
    ip route replace {pods(other)} via {underlay(other)} src {mesh(number)}
    """
    _shell(machine, script)
    for path, text in config.node_files(machine.name, mesh(number), pods(number)).items():
        machine.write(path, text.encode())
    _shell(machine, "systemctl daemon-reload; systemctl start containerd.service")


def _control_plane(machine: Machine) -> None:
    _boot(machine, 0)
    driver = machine.run("cat", str(kubelet.CGROUP_DRIVER)).text.strip()
    documents = config.init_documents(machine.name, mesh(0), driver)
    machine.write(config.INIT, documents.encode())
    command = ["kubeadm", "init", "--config", config.INIT, *config.IGNORED]
    machine.run(*command, timeout=TIMEOUT)


def _worker(machine: Machine, first: Machine, initialised: "Future[None]") -> None:
    """Boot beside the control plane; join as soon as its API answers and knows the token."""
    _boot(machine, 1)
    discovery = eventually(lambda: _discovery(first, initialised), within=TIMEOUT)
    machine.write(config.DISCOVERY, discovery)
    documents = config.join_document(machine.name, mesh(1))
    machine.write(config.JOIN, documents.encode())
    command = ["kubeadm", "join", "--config", config.JOIN, *config.IGNORED]
    machine.run(*command, timeout=TIMEOUT)


def _discovery(first: Machine, initialised: "Future[None]") -> bytes:
    """The kubeconfig that joins start from, once kubeadm has published it in the cluster.

    Raises what `kubeadm init` failed with, if it has.
    """
    if initialised.done():
        initialised.result()
    shown = first.run(
        "kubectl", "--kubeconfig", config.ADMIN, "-n", "kube-public", "get", "configmap",
        "cluster-info", "-o", "jsonpath={.data.kubeconfig}", check=False,
    )  # fmt: skip
    assert shown.returncode == 0, "no cluster-info yet"
    return shown.stdout


def _shell(machine: Machine, script: str) -> proc.Completed:
    return machine.run("sh", "-c", script)
