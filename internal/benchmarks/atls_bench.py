"""How fast attested sessions are: handshakes, bulk bytes and gRPC calls, on loopback.

`python internal/benchmarks/atls_bench.py` prints one JSON object. Bulk bytes and calls have both
ends in one process, under one interpreter lock. Evidence is either a stand-in that is
compared with the binder, or that of the tests' software machine: real formats, real signatures
made afresh, verified by the real verifier; only the TPM is not a process of its own.
"""

import hashlib
import importlib.util
import json
import multiprocessing
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
from typing_extensions import override

from asterism.atls.gate import SessionGate
from asterism.atls.grpc_bridge import ServerBridge, channel
from asterism.atls.prover import Prover
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import Session, Terms, accept, dial
from asterism.atls.verifier import StandardVerifier, Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import AnonymousClaims, Claims
from asterism.errors import AttestationError, Error
from asterism.keys.owner import OwnerKey
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, SnpEvidence, TpmEvidence
from asterism.proto.session.v1.session_pb2 import Hello, Proof
from asterism.proto.trust.v1.trust_pb2 import JoinRequest, JoinResponse
from asterism.proto.trust.v1.trust_pb2_grpc import (
    TrustServicer,
    TrustStub,
    add_TrustServicer_to_server,
)

PURPOSE = Purpose.REJOIN
EVENT_LOG_SIZE = 30_000
TIMEOUT = 20.0
DIALLERS = 2


class StandIn(Prover, Verifier):
    """Shows and checks evidence that is nothing but the binder and a long event log."""

    _log = bytes(EVENT_LOG_SIZE)

    @property
    @override
    def ak_name(self) -> bytes:
        return bytes(34)

    @override
    def prove(self, binding: Binding) -> Proof:
        return Proof(
            evidence=Evidence(
                snp=SnpEvidence(report=binding.value), tpm=TpmEvidence(event_log=self._log)
            )
        )

    @override
    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        if proof.evidence.snp.report != binding.value:
            raise AttestationError.of(
                "TLS-025", claim="binder", expected="ours", got="another", source="benchmark"
            )
        return AnonymousClaims()


def open_pair(prover: Prover, verifier: Verifier) -> tuple[Session, Session]:
    """A session over loopback: the dialler's end and the listener's."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        address = listener.getsockname()
        answering = pool.submit(
            lambda: accept(
                listener.accept()[0], {PURPOSE: Terms(prover, verifier)}, timeout=TIMEOUT
            )
        )
        dialled = dial(
            address, PURPOSE, prover, verifier, server_name="bench.invalid", timeout=TIMEOUT
        )
        return dialled, answering.result()


def handshakes_per_second(prover: Prover, verifier: Verifier, seconds: float = 2.0) -> float:
    """Whole handshakes with both sides' proofs: two diallers here, a listening process there."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        answering = multiprocessing.get_context("fork").Process(
            target=_answer, args=(listener, {PURPOSE: Terms(prover, verifier)})
        )
        answering.start()
        try:
            dialler = (listener.getsockname(), prover, verifier, time.perf_counter() + seconds)
            with ThreadPoolExecutor(DIALLERS) as pool:
                counts = [pool.submit(_dial_until, *dialler) for _ in range(DIALLERS)]
            return sum(count.result() for count in counts) / seconds
        finally:
            answering.kill()
            answering.join()


def _answer(listener: socket.socket, terms: dict[Purpose, Terms]) -> None:
    """Answer for ever, each connection in a thread of its own."""

    def answer(connection: socket.socket) -> None:
        with suppress(Error):
            accept(connection, terms, timeout=TIMEOUT).close()

    while True:
        threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def _dial_until(address: tuple[str, int], prover: Prover, verifier: Verifier, end: float) -> int:
    """How many handshakes one dialler gets done before `end`."""
    count = 0
    while time.perf_counter() < end:
        session = dial(
            address, PURPOSE, prover, verifier, server_name="bench.invalid", timeout=TIMEOUT
        )
        session.close()
        count += 1
    return count


def megabytes_per_second(prover: Prover, verifier: Verifier, total: int = 1 << 29) -> float:
    """Bulk bytes in one direction, through both ends' encryption."""
    dialler, listener = open_pair(prover, verifier)
    block = bytes(1 << 18)

    def fill() -> None:
        for _ in range(total // len(block)):
            dialler.send(block)

    with dialler, listener:
        writer = threading.Thread(target=fill)
        started = time.perf_counter()
        writer.start()
        buffer, got = bytearray(1 << 16), 0
        while got < total:
            got += listener.recv_into(buffer)
        elapsed = time.perf_counter() - started
        writer.join()
    return total / elapsed / 1e6


def calls_per_second(prover: Prover, verifier: Verifier, seconds: float = 2.0) -> float:
    """Unary gRPC calls, one after another, through both bridges and the gate."""
    dialler, listener = open_pair(prover, verifier)
    with _served(listener), channel(dialler) as rpc:
        stub = TrustStub(rpc)  # type: ignore[no-untyped-call]
        stub.Join(JoinRequest(), timeout=TIMEOUT)
        count, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds:
            stub.Join(JoinRequest(), timeout=TIMEOUT)
            count += 1
    return count / elapsed


class _Trust(TrustServicer):
    @override
    def Join(self, request: JoinRequest, context: Any) -> JoinResponse:
        return JoinResponse()


@contextmanager
def _served(session: Session) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as directory:
        bridge = ServerBridge(Path(directory))
        server = grpc.server(ThreadPoolExecutor(4), interceptors=[SessionGate()])
        add_TrustServicer_to_server(_Trust(), server)  # type: ignore[no-untyped-call]
        server.add_insecure_port(bridge.address)
        server.start()
        thread = threading.Thread(target=bridge.serve, args=(session,))
        thread.start()
        yield
        session.close()
        thread.join()
        server.stop(None).wait()


class SoftwareNode(Prover):
    """The machine of the attestation tests."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._ak_name: bytes = machine.ak_public().name()

    @property
    @override
    def ak_name(self) -> bytes:
        return self._ak_name

    @override
    def prove(self, binding: Binding) -> Proof:
        return Proof(evidence=self._machine.evidence(binding))


def real_parties() -> tuple[Prover, Verifier]:
    """A node in a cluster, and the verifier that accepts it."""
    path = Path(__file__).parents[1] / "tests" / "attestation" / "conftest.py"
    spec = importlib.util.spec_from_file_location("attestation_world", path)
    if spec is None or spec.loader is None:
        msg = f"{path} cannot be loaded"
        raise FileNotFoundError(msg)
    tests = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = tests
    spec.loader.exec_module(tests)
    maker, owner = tests.Maker("EMULATED by the benchmark"), OwnerKey.generate()
    policy = tests.make_policy(maker, owner)
    initdata = tests.make_initdata(owner, policy)
    cluster = hashlib.sha256(b"benchmark").digest()
    machine = tests.Machine(maker, maker.leaf(), maker.endorsement(), initdata, cluster_id=cluster)
    return SoftwareNode(machine), StandardVerifier(policy, cluster)


def run() -> dict[str, float]:
    """All figures by name."""
    party = StandIn()
    return {
        "handshakes_per_second": round(handshakes_per_second(party, party), 1),
        "handshakes_per_second_real_evidence": round(handshakes_per_second(*real_parties()), 1),
        "megabytes_per_second": round(megabytes_per_second(party, party), 1),
        "grpc_calls_per_second": round(calls_per_second(party, party), 1),
    }


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
    sys.stdout.write("\n")
