"""How fast attested sessions are: handshakes, bulk bytes and gRPC calls, on loopback.

`python internal/benchmarks/atls_bench.py` prints one JSON object. Client and server share the
process and its interpreter lock, so two processes do better. Evidence is a stand-in of the real
size that is compared with the binder; what verification itself costs is for the attestation
benchmark to say.
"""

import json
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from typing_extensions import override

from asterism.atls.gate import SessionGate
from asterism.atls.grpc_bridge import ServerBridge, channel
from asterism.atls.prover import Prover
from asterism.atls.purpose import Purpose, Role
from asterism.atls.session import Session, Terms, accept, dial
from asterism.atls.verifier import Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import AnonymousClaims, Claims
from asterism.errors import AttestationError
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, SnpEvidence, TpmEvidence
from asterism.proto.session.v1.session_pb2 import Hello, Proof
from asterism.proto.trust.v1.trust_pb2 import JoinRequest, JoinResponse
from asterism.proto.trust.v1.trust_pb2_grpc import (
    TrustServicer,
    TrustStub,
    add_TrustServicer_to_server,
)

PURPOSE = Purpose.REJOIN
EVENT_LOG_SIZE = 100_000
TIMEOUT = 20.0


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
    """Whole handshakes with both sides' proofs, one after another."""
    count, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        for end in open_pair(prover, verifier):
            end.close()
        count += 1
    return count / elapsed


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


def run() -> dict[str, float]:
    """All figures by name."""
    party = StandIn()
    return {
        "handshakes_per_second": round(handshakes_per_second(party, party), 1),
        "megabytes_per_second": round(megabytes_per_second(party, party), 1),
        "grpc_calls_per_second": round(calls_per_second(party, party), 1),
    }


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
    sys.stdout.write("\n")
