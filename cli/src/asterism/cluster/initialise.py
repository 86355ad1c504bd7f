"""Init: the owner's half of making a cluster out of an attested first control plane.

The machine offers a genesis; the owner signs it only if it says exactly what was asked for, about
exactly the machine of this session. What is about to be signed is on disk before it is.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from queue import SimpleQueue

from asterism.atls.purpose import Purpose
from asterism.attestation.claims import NodeClaims
from asterism.cluster import pin as pins
from asterism.cluster import session
from asterism.cluster.events import Step
from asterism.cluster.home import OwnerHome
from asterism.cluster.pin import Pin
from asterism.cluster.user_key import UserKey
from asterism.errors import AttestationError, Mismatch, ProvisionError
from asterism.keys.documents import Kind, SignedDocument, signed_bytes
from asterism.keys.genesis import Genesis
from asterism.keys.owner import OwnerKey
from asterism.proto.bootstrap.v1 import bootstrap_pb2_grpc
from asterism.proto.bootstrap.v1.bootstrap_pb2 import (
    GenesisSignature,
    InitParameters,
    InitRequest,
    InitResponse,
    InitResult,
    Progress,
)

TIMEOUT = 180.0


@dataclass(frozen=True, slots=True)
class Initialised:
    """What init gave."""

    pin: Pin
    claims: NodeClaims
    cluster_ca: bytes
    """PEM."""
    certificate: bytes
    """PEM, for the user key."""


@dataclass(slots=True)
class Initialiser:
    """One init of one machine. `run` may be repeated after an interruption."""

    home: OwnerHome
    owner: OwnerKey
    pin: Pin
    machine: str
    port: int
    step: Step

    def run(self, user_key: UserKey) -> Initialised:
        """Do it. AttestationError CLU-011 for a wrong genesis, ProvisionError CLU-016."""
        with session.channel(self.port, self.pin, self.machine, Purpose.INIT, self.owner) as (
            channel,
            claims,
        ):
            self.step.note(f"{self.machine} is attested")
            requests: SimpleQueue[InitRequest | None] = SimpleQueue()
            requests.put(InitRequest(parameters=self._parameters(user_key)))
            stub = bootstrap_pb2_grpc.BootstrapStub(channel)  # type: ignore[no-untyped-call]
            answers = stub.Init(iter(requests.get, None), timeout=TIMEOUT)
            try:
                result = self._converse(answers, requests, claims.node)
            finally:
                requests.put(None)
        return self._checked(result, user_key, claims.node)

    def _parameters(self, user_key: UserKey) -> InitParameters:
        return InitParameters(
            policy=self.pin.policy.encode(),
            owner_csr=user_key.request,
            server_url=f"https://127.0.0.1:{self.port}",
        )

    def _converse(
        self,
        answers: Iterator[InitResponse],
        requests: "SimpleQueue[InitRequest | None]",
        claims: NodeClaims,
    ) -> InitResult:
        for answer in answers:
            match answer.WhichOneof("step"):
                case "genesis":
                    requests.put(InitRequest(signature=self._sign(answer.genesis, claims)))
                case "progress":
                    self._report(answer.progress)
                case "result":
                    return answer.result
        raise ProvisionError("CLU-016", f"{self.machine} ended init without a result")

    def _report(self, progress: Progress) -> None:
        """What an attested machine says of its own work."""
        report = self.step.note if progress.done else self.step.doing
        report(progress.text or progress.step, milliseconds=progress.milliseconds)

    def _sign(self, offered: bytes, claims: NodeClaims) -> GenesisSignature:
        if not self.pin.pending:
            require_genesis(Genesis.decode(offered), self.pin, self.machine, claims)
            self.pin = replace(self.pin, pending=offered)
            pins.save(self.home, self.pin)
        elif offered != self.pin.pending:
            # A machine keeps its genesis before it shows it: this is another one in its place, and
            # two signed genesis would be two clusters that the same grants open.
            expected = self.pin.expected_cluster_id() or b""
            raise _refused([("pending one", expected.hex(), hashlib.sha256(offered).hexdigest())])
        signature = self.owner.sign(signed_bytes(Kind.GENESIS, offered))
        return GenesisSignature(public_key=self.owner.public, signature=signature)

    def _checked(self, result: InitResult, user_key: UserKey, claims: NodeClaims) -> Initialised:
        document = SignedDocument.decode(result.genesis)
        if not self.pin.pending or document.payload_bytes != self.pin.pending:
            expected = self.pin.expected_cluster_id() or b""
            raise _refused([("signed one", expected.hex() or "none", document.digest.hex())])
        signed = replace(self.pin, genesis=document)
        authorities = signed.opened_genesis().authorities
        if result.cluster_ca != authorities.cluster.encode():
            raise _refused([("cluster CA", "the genesis' authority", "another one")])
        user_key.require_certificate(result.owner_certificate, authorities.user)
        return Initialised(signed, claims, result.cluster_ca, result.owner_certificate)


def require_genesis(genesis: Genesis, pin: Pin, machine: str, claims: NodeClaims) -> None:
    """AttestationError CLU-011 unless the owner of `pin` may sign `genesis` of `machine`."""
    first = genesis.first_node
    policy = pin.opened_policy()
    checks = (
        ("cluster", pin.cluster, genesis.cluster),
        ("owners", pin.owner.hex(), ", ".join(owner.hex() for owner in genesis.owners)),
        ("threshold", "1", str(genesis.threshold)),
        ("policy digest", pin.policy.digest.hex(), genesis.policy_digest.hex()),
        ("policy epoch", str(policy.epoch), str(genesis.policy_epoch)),
        ("first node", machine, first.name),
        ("first node's platform", claims.platform_id.hex(), first.platform_id.hex()),
        ("first node's attestation key", claims.ak_name.hex(), first.ak_name.hex()),
        ("machine's cluster", "none", "none" if claims.cluster_id is None else "another one"),
    )
    wrong = [(claim, expected, got) for claim, expected, got in checks if expected != got]
    if wrong:
        raise _refused(wrong)


def _refused(wrong: list[tuple[str, str, str]]) -> AttestationError:
    return AttestationError(
        Mismatch("CLU-011", f"genesis: {claim}", expected, got, "what was asked for")
        for claim, expected, got in wrong
    )
