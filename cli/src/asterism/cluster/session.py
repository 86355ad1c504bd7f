"""Attested sessions of the owner with single machines, through the cluster's relay."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from asterism.atls import grpc_bridge
from asterism.atls.claims import SessionClaims
from asterism.atls.prover import AnonymousProver, OwnerProver, Prover
from asterism.atls.purpose import Purpose
from asterism.atls.session import Session, dial
from asterism.cluster.api import RELAY_HOST
from asterism.cluster.machine_verifier import MachineVerifier
from asterism.cluster.pin import Pin
from asterism.config import network
from asterism.errors import Error, PeerRefusedError, ProvisionError
from asterism.errors.catalogue import entries
from asterism.keys.owner import OwnerKey

TIMEOUT = 10.0


def open_session(
    port: int,
    pin: Pin,
    machine: str,
    purpose: Purpose,
    owner: OwnerKey | None,
    *,
    timeout: float = TIMEOUT,
) -> Session:
    """An attested session with `machine`, which has proven to be the pinned one.

    `owner` proves himself, None stays anonymous (purpose verify). Before the genesis is signed,
    only `init` is possible: a pending genesis may already be in PCR 15. Raises AttestationError
    when the machine is refused, PeerRefusedError when it refuses us, UserError TLS-005/006 when
    it does not answer.
    """
    prover: Prover = AnonymousProver() if owner is None else OwnerProver(owner)
    verifier = MachineVerifier(
        policy=pin.opened_policy(),
        cluster_id=pin.expected_cluster_id(),
        slot=machine,
        initdata_digest=pin.initdata_digest(machine),
    )
    return dial(
        (RELAY_HOST, port),
        purpose,
        prover,
        verifier,
        server_name=network.attest_server_name(machine),
        timeout=timeout,
    )


@contextmanager
def channel(
    port: int, pin: Pin, machine: str, purpose: Purpose, owner: OwnerKey | None
) -> Iterator[tuple[grpc.Channel, SessionClaims]]:
    """A gRPC channel inside such a session, and what was proven; failed calls become our errors."""
    session = open_session(port, pin, machine, purpose, owner)
    with grpc_bridge.channel(session) as opened:
        try:
            yield opened, session.claims
        except grpc.RpcError as exc:
            raise _error(exc, machine) from exc


def _error(failure: grpc.RpcError, machine: str) -> Error:
    """The node says the ID of its error first in the status text: `[ID] detail`."""
    detail = failure.details() or failure.code().name
    error_id, _, rest = detail.removeprefix("[").partition("] ")
    if error_id in entries() and rest:
        return PeerRefusedError(error_id, f"{machine}: {rest}")
    return ProvisionError("CLU-013", f"{machine}: {failure.code().name.lower()}: {detail}")
