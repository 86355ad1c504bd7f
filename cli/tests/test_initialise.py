"""Init from the owner's side, against a gRPC server that plays the attested machine."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typing_extensions import override

from asterism import clock
from asterism.cluster import pin as pins
from asterism.cluster import session
from asterism.cluster.events import Step
from asterism.cluster.home import OwnerHome
from asterism.cluster.initialise import Initialised, Initialiser
from asterism.cluster.plan import Plan
from asterism.cluster.user_key import UserKey
from asterism.errors import AttestationError, ProvisionError
from asterism.keys.canonical import JsonObject
from asterism.keys.documents import Kind, SignedDocument, signed_bytes
from asterism.keys.genesis import Genesis
from asterism.proto.bootstrap.v1 import bootstrap_pb2_grpc
from asterism.proto.bootstrap.v1.bootstrap_pb2 import (
    InitRequest,
    InitResponse,
    InitResult,
    Progress,
)


class Authority:
    """The machine's authority for users."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._issue("user authority", self._key.public_key())

    def certify(self, request: bytes) -> bytes:
        """PEM of a certificate for the key of a PKCS#10 request."""
        key = x509.load_der_x509_csr(request).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return self._issue("owner", key).public_bytes(Encoding.PEM)

    @property
    def pem(self) -> str:
        """Its own certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def _issue(self, name: str, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        now = clock.now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("user authority"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(days=1))
        )
        return builder.sign(self._key, hashes.SHA256())


@dataclass
class Machine(bootstrap_pb2_grpc.BootstrapServicer):
    """The first control plane; fields say how it misbehaves."""

    genesis: Genesis
    authority: Authority
    silent: bool = False
    foreign_ca: bool = False
    other_genesis: Genesis | None = None
    seen: list[InitRequest] = field(default_factory=list)

    @override
    def Init(self, requests: Iterator[InitRequest], _context: Any) -> Iterator[InitResponse]:
        """The conversation of Bootstrap.Init."""
        first = next(requests)
        self.seen.append(first)
        yield InitResponse(genesis=self.genesis.encode())
        answer = next(requests)
        self.seen.append(answer)
        yield InitResponse(progress=Progress(step="certificates", text="keys", milliseconds=7))
        if self.silent:
            return
        yield InitResponse(result=self._result(first, answer))

    def _result(self, first: InitRequest, answer: InitRequest) -> InitResult:
        given = self.other_genesis or self.genesis
        plain: JsonObject = {
            "key": answer.signature.public_key.hex(),
            "signature": answer.signature.signature.hex(),
        }
        document = SignedDocument.from_json({"payload": given.payload(), "signatures": [plain]})
        authorities = self.genesis.authorities
        ca = authorities.etcd if self.foreign_ca else authorities.cluster
        return InitResult(
            genesis=document.encode(),
            cluster_ca=ca.encode(),
            owner_certificate=self.authority.certify(first.parameters.owner_csr),
        )


@pytest.fixture
def machine(offered: Genesis) -> Machine:
    """An honest machine."""
    authority = Authority()
    authorities = replace(offered.authorities, user=authority.pem)
    return Machine(replace(offered, authorities=authorities), authority)


@pytest.fixture
def initialise(
    machine: Machine,
    planned: Plan,
    home: OwnerHome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[], Initialised]]:
    """Runs one init with the machine, with whatever is pinned by then."""
    server = grpc.server(ThreadPoolExecutor(2))
    bootstrap_pb2_grpc.add_BootstrapServicer_to_server(machine, server)  # type: ignore[no-untyped-call]
    address = f"unix:{tmp_path / 'machine.sock'}"
    server.add_insecure_port(address)
    server.start()

    @contextmanager
    def channel(*_: object) -> Iterator[tuple[grpc.Channel, object]]:
        node = machine.genesis.first_node
        claims = SimpleNamespace(
            platform_id=node.platform_id, ak_name=node.ak_name, cluster_id=None
        )
        with grpc.insecure_channel(address) as opened:
            yield opened, SimpleNamespace(node=claims)

    monkeypatch.setattr(session, "channel", channel)

    def run() -> Initialised:
        pin = pins.require(home, "local")
        step = Step(lambda _: None, "init", "Initialise")
        return Initialiser(home, planned.owner, pin, planned.first, 1, step).run(UserKey())

    yield run
    server.stop(None)


def test_an_honest_machine_is_initialised(
    initialise: Callable[[], Initialised], machine: Machine, planned: Plan
) -> None:
    """The genesis is signed as what it is, and becomes the pin."""
    done = initialise()
    assert done.pin.cluster_id == machine.genesis.cluster_id
    assert done.pin.genesis is not None
    signature = done.pin.genesis.signatures[0]
    assert signature.key == planned.owner.public
    signature.verify(signed_bytes(Kind.GENESIS, machine.genesis.encode()))
    assert machine.seen[0].parameters.policy == planned.pin.policy.encode()


def test_what_is_about_to_be_signed_is_pinned_first(
    initialise: Callable[[], Initialised], machine: Machine, home: OwnerHome
) -> None:
    """A machine that falls silent after the signature can be resumed with that genesis only."""
    machine.silent = True
    with pytest.raises(ProvisionError, match="CLU-016"):
        initialise()
    assert pins.require(home, "local").pending == machine.genesis.encode()
    machine.silent = False
    assert initialise().pin.cluster_id == machine.genesis.cluster_id


def test_a_second_genesis_is_never_signed(
    initialise: Callable[[], Initialised], machine: Machine, home: OwnerHome
) -> None:
    """The grants of one creation open one cluster: CLU-011 for another genesis after the first."""
    machine.silent = True
    with pytest.raises(ProvisionError, match="CLU-016"):
        initialise()
    first = machine.genesis
    machine.silent, machine.genesis = False, replace(first, random=bytes(range(32)))
    with pytest.raises(AttestationError, match="CLU-011"):
        initialise()
    assert pins.require(home, "local").pending == first.encode()


def test_a_wrong_genesis_is_not_signed(
    initialise: Callable[[], Initialised], machine: Machine, home: OwnerHome
) -> None:
    """Nothing is pinned, and no signature leaves."""
    machine.genesis = replace(machine.genesis, policy_digest=bytes(range(32)))
    with pytest.raises(AttestationError, match="CLU-011"):
        initialise()
    assert pins.require(home, "local").pending == b""
    assert len(machine.seen) == 1


@pytest.mark.parametrize("lie", ["foreign_ca", "other_genesis"])
def test_a_result_must_fit_the_signed_genesis(
    initialise: Callable[[], Initialised], machine: Machine, lie: str
) -> None:
    """Another authority or another genesis in the result is refused."""
    value: object = True
    if lie == "other_genesis":
        value = replace(machine.genesis, random=bytes(range(32)))
    setattr(machine, lie, value)
    with pytest.raises(AttestationError, match="CLU-011"):
        initialise()
