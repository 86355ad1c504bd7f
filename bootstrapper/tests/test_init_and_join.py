"""Init, join, resumed join and the owner's calls, between machines with emulated hardware."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc
import pytest
from bootstrapper.tests.emulation import World

from asterism.atls import session
from asterism.atls.grpc_bridge import channel
from asterism.atls.prover import AnonymousProver, OwnerProver, Prover
from asterism.atls.purpose import Purpose
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.grant import Role
from asterism.attestation.policy import Policy
from asterism.bootstrapper import agent, cni, kube_access, kubelet, networking, services
from asterism.bootstrapper.certificates import KeyPair
from asterism.bootstrapper.init import bring_up, cluster_objects
from asterism.bootstrapper.init.run import InitTask
from asterism.bootstrapper.join import client
from asterism.bootstrapper.join.become import become_member
from asterism.bootstrapper.node import Node
from asterism.bootstrapper.services import Services
from asterism.errors import AttestationError, Error
from asterism.keys.documents import Kind, SignedDocument, signed_bytes
from asterism.keys.genesis import Genesis
from asterism.net import netns
from asterism.proc import run
from asterism.proto.admin.v1 import admin_pb2, admin_pb2_grpc
from asterism.proto.bootstrap.v1 import bootstrap_pb2, bootstrap_pb2_grpc

pytestmark = [pytest.mark.root, pytest.mark.tools]

admin_stub: Any = admin_pb2_grpc.AdminStub
bootstrap_stub: Any = bootstrap_pb2_grpc.BootstrapStub
"""Generated code has no types."""

ADDRESS = ("10.210.0.11", 9443)


class FakeApi:
    """An API server that takes everything."""

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.deleted: list[str] = []

    def is_ready(self) -> bool:
        return True

    def apply(self, path: str, obj: dict[str, Any]) -> dict[str, Any]:
        self.applied.append(path)
        return obj

    def delete(self, path: str) -> None:
        self.deleted.append(path)

    def get(self, path: str) -> dict[str, Any]:
        return {"items": []}


class FakeKubeadm:
    """kubeadm that is done at once."""

    failed = False

    def wait(self) -> None: ...


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeApi:
    """Everything that would touch this computer is replaced."""
    made = FakeApi()
    monkeypatch.setattr(kube_access, "api_client", lambda *_a, **_k: made)
    monkeypatch.setattr(bring_up, "bring_up", lambda *_a, **_k: FakeKubeadm())
    monkeypatch.setattr(cluster_objects, "ensure_cluster_objects", lambda _api: None)
    for name in ("apply_routes", "apply_mesh"):
        monkeypatch.setattr(networking, name, lambda *_a: None)
    monkeypatch.setattr(cni, "write", lambda _range: None)
    monkeypatch.setattr(kubelet, "write_files", lambda *_a, **_k: None)
    monkeypatch.setattr(kubelet, "STARTED", tmp_path / "kubelet-started")
    return made


@pytest.fixture
def world() -> Iterator[World]:
    """A network namespace with the underlay's addresses, and an empty world in it.

    Its directory has a short path, because unix sockets lie in it.
    """
    name = f"bt-{os.getpid()}"
    netns.create(name)
    try:
        commands = (
            "link set lo up\naddr add 10.210.0.11/24 dev lo\naddr add 10.210.0.12/24 dev lo\n"
        )
        run(["ip", "-n", name, "-batch", "-"], stdin=commands.encode())
        with netns.entered(netns.path_of(name)), TemporaryDirectory(prefix="bt-") as short:
            made = World(Path(short))
            try:
                yield made
            finally:
                made.stop()
    finally:
        netns.delete(name)


@contextmanager
def serving(node: Node, directory: Path) -> Iterator[InitTask]:
    """The node's listener and services."""
    task = InitTask(node)
    services = Services(node, task, directory)
    services.start()
    listener = agent.attest_listener(node, services.serve)
    threading.Thread(target=listener.serve, daemon=True).start()
    try:
        yield task
    finally:
        listener.close()
        services.stop()


@contextmanager
def owner_channel(
    world: World, purpose: Purpose, cluster_id: bytes | None = None, prover: Prover | None = None
) -> Iterator[grpc.Channel]:
    """The owner's session with the control plane."""
    policy = Policy.open(world.policy(), [world.owner.public])
    verifier = StandardVerifier(policy=policy, cluster_id=cluster_id)
    prover = prover or OwnerProver(world.owner)
    with (
        session.dial(ADDRESS, purpose, prover, verifier, server_name="x", timeout=10) as opened,
        channel(opened) as made,
    ):
        yield made


def init(world: World) -> tuple[bytes, list[str], bootstrap_pb2.InitResult]:
    """The owner's side of init: genesis payload, finished steps, result."""
    genesis: list[bytes] = []
    answers: list[bootstrap_pb2.InitResponse] = []

    def requests() -> Iterator[bootstrap_pb2.InitRequest]:
        parameters = bootstrap_pb2.InitParameters(
            policy=world.policy().encode(), owner_csr=KeyPair.generate().request
        )
        yield bootstrap_pb2.InitRequest(parameters=parameters)
        while not genesis:
            pass
        signature = world.owner.sign(signed_bytes(Kind.GENESIS, genesis[0]))
        yield bootstrap_pb2.InitRequest(
            signature=bootstrap_pb2.GenesisSignature(
                public_key=world.owner.public, signature=signature
            )
        )

    with owner_channel(world, Purpose.INIT) as made:
        for answer in bootstrap_stub(made).Init(requests()):
            if answer.WhichOneof("step") == "genesis":
                genesis.append(answer.genesis)
            answers.append(answer)
    done = [a.progress.step for a in answers if a.progress.done]
    return genesis[0], done, answers[-1].result


def test_a_cluster_begins_and_a_worker_joins(world: World, api: FakeApi, tmp_path: Path) -> None:
    """The whole first slice without Kubernetes: init, join, resumed join, refusals."""
    first = world.start("local-cp-1", Role.CONTROL_PLANE, "10.210.0.11").node()
    second = world.start("local-worker-1", Role.WORKER, "10.210.0.12")
    worker = second.node()
    with serving(first, world.directory / "rpc"):
        with pytest.raises(Error):
            client.join(worker, ADDRESS)  # no cluster yet

        payload, steps, result = init(world)
        assert [path.rpartition("/")[2] for path in api.deleted] == ["kubeadm:cluster-admins"]
        assert steps == ["genesis", "kubelet", "control-plane", "nodes", "addons"]
        genesis = Genesis.open(SignedDocument.decode(result.genesis), [world.owner.public])
        assert genesis.encode() == payload
        assert first.cluster_id == genesis.cluster_id

        joined = client.join(worker, ADDRESS)
        assert joined.membership.assignment.name == "local-worker-1"
        assert str(joined.membership.assignment.mesh_address) == "10.211.0.2"
        become_member(worker, joined)
        again = client.join(worker, ADDRESS)  # resumed, PCR 15 bound
        assert again.membership.assignment == joined.membership.assignment

        second.power_off()
        second.power_on()  # restarted, PCR 15 zero again, membership on disk
        restarted = second.node()
        agent.remember(restarted)
        assert restarted.cluster_id is None
        back = client.join(restarted, ADDRESS)
        assert back.membership.assignment == joined.membership.assignment

        peers = next(iter(client.watch_peers(worker_bound(restarted, back), ADDRESS)))
        assert [p.assignment.name for p in peers] == ["local-cp-1", "local-worker-1"]

        with owner_channel(world, Purpose.ADMIN, genesis.cluster_id) as made:
            request = admin_pb2.IssueUserCertificateRequest(csr=KeyPair.generate().request)
            issued = admin_stub(made).IssueUserCertificate(request)
            assert b"BEGIN CERTIFICATE" in issued.certificate
            assert issued.cluster_ca == genesis.authorities.cluster.encode()
            status = admin_stub(made).Status(admin_pb2.StatusRequest())
        assert [m.name for m in status.members] == ["local-cp-1", "local-worker-1"]
        assert status.network == "CLEAR"
        assert "/api/v1/nodes/local-worker-1" in api.applied


def worker_bound(node: Node, joined: Any) -> Node:
    """The node after its join."""
    become_member(node, joined)
    return node


def test_a_rebooted_member_joins_no_other_cluster(world: World, api: FakeApi) -> None:
    """JOI-106: PCR 15 is zero again, but the disk says where this machine belongs.

    The other cluster is of the same owner, name and create nonce: a first control plane whose
    disk was wiped.
    """
    plane = world.start("local-cp-1", Role.CONTROL_PLANE, "10.210.0.11")
    second = world.start("local-worker-1", Role.WORKER, "10.210.0.12")
    with serving(plane.node(), world.directory / "rpc"):
        init(world)
        worker_bound(worker := second.node(), client.join(worker, ADDRESS))
    plane.power_off()
    second.power_off()
    shutil.rmtree(plane.directory / "disk")
    plane.power_on()
    second.power_on()
    with serving(plane.node(), world.directory / "rpc"):
        init(world)
        restarted = second.node()
        agent.remember(restarted)
        assert restarted.cluster_id is None
        with pytest.raises(AttestationError, match="JOI-106"):
            client.join(restarted, ADDRESS)
        assert restarted.cluster_id is None


def test_calls_of_strangers_that_never_end_hold_up_nobody(world: World, api: FakeApi) -> None:
    """More calls without a request than there are threads, and the owner is answered at once."""
    first = world.start("local-cp-1", Role.CONTROL_PLANE, "10.210.0.11").node()
    release = threading.Event()

    def nothing() -> Iterator[bytes]:
        release.wait(30)
        yield from ()

    with serving(first, world.directory / "rpc"):
        init(world)
        cluster_id = first.cluster_id
        with ExitStack() as strangers:
            strangers.callback(release.set)
            for _ in range(3):
                made = strangers.enter_context(
                    owner_channel(world, Purpose.VERIFY, cluster_id, AnonymousProver())
                )
                for _ in range(services.THREADS):
                    made.stream_unary("/asterism.admin.v1.Verify/Describe").future(nothing())
            with owner_channel(world, Purpose.ADMIN, cluster_id) as made:
                status = admin_stub(made).Status(admin_pb2.StatusRequest(), timeout=10)
    assert [m.name for m in status.members] == ["local-cp-1"]


def test_strangers_find_one_service_only(world: World, api: FakeApi) -> None:
    """Describe answers; what is not for them is not even there."""
    first = world.start("local-cp-1", Role.CONTROL_PLANE, "10.210.0.11").node()
    with serving(first, world.directory / "rpc"):
        init(world)
        with owner_channel(world, Purpose.VERIFY, first.cluster_id, AnonymousProver()) as made:
            stub: Any = admin_pb2_grpc.VerifyStub(made)  # type: ignore[no-untyped-call]
            assert stub.Describe(admin_pb2.DescribeRequest()).node == "local-cp-1"
            with pytest.raises(grpc.RpcError) as caught:
                admin_stub(made).Status(admin_pb2.StatusRequest())
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_another_machine_cannot_use_the_grant(world: World, api: FakeApi, tmp_path: Path) -> None:
    """Same initdata, same image, other hardware: the slot is taken."""
    first = world.start("local-cp-1", Role.CONTROL_PLANE, "10.210.0.11").node()
    worker = world.start("local-worker-1", Role.WORKER, "10.210.0.12")
    with serving(first, world.directory / "rpc"):
        init(world)
        client.join(worker.node(), ADDRESS)
        thief = World(world.directory / "t", world.owner, world.directory / "makers")
        try:
            other = thief.start("local-worker-1", Role.WORKER, "10.210.0.12").node()
            with pytest.raises(Error, match="JOI-004"):
                client.join(other, ADDRESS)
        finally:
            thief.stop()


def test_a_restarted_control_plane_is_bound_again(
    world: World, api: FakeApi, tmp_path: Path
) -> None:
    """From its own state disk, with the same ledger."""
    from asterism.bootstrapper.init.resume import resume

    machine = world.start("local-cp-1", Role.CONTROL_PLANE, "10.210.0.11")
    first = machine.node()
    with serving(first, world.directory / "rpc"):
        init(world)
    machine.power_off()
    machine.power_on()
    second = machine.node()
    agent.remember(second)
    assert second.cluster_id is None
    resume(second, InitTask(second))
    assert second.cluster_id == first.cluster_id
    assert second.trust is not None
    assert [m.name for m in second.trust.members] == ["local-cp-1"]


def test_a_state_disk_of_another_owner_is_refused(
    world: World, api: FakeApi, tmp_path: Path
) -> None:
    """A host that swaps disks gets no node."""
    machine = world.start("local-cp-1", Role.CONTROL_PLANE, "10.210.0.11")
    with serving(machine.node(), world.directory / "rpc"):
        init(world)
    stranger = World(world.directory / "s", makers_directory=world.directory / "makers")
    try:
        other = stranger.start("local-cp-1", Role.CONTROL_PLANE, "10.210.0.12").node()
        other.directory = machine.directory / "disk"
        with pytest.raises(AttestationError):
            agent.remember(other)
    finally:
        stranger.stop()
