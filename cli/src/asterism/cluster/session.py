"""Attested sessions of the owner with single machines, through the cluster's relay."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from asterism.atls import grpc_bridge
from asterism.atls.claims import SessionClaims
from asterism.atls.prover import AnonymousProver, OwnerProver, Prover
from asterism.atls.purpose import Purpose
from asterism.atls.session import Session, dial
from asterism.cluster.machine_verifier import MachineVerifier, Witness
from asterism.cluster.names import RELAY_HOST
from asterism.cluster.pin import Pin
from asterism.cluster.safe_clock import until_safe
from asterism.config import network
from asterism.errors import (
    Error,
    PeerRefusedError,
    ProvisionError,
    RemoteProtocolError,
    UserError,
)
from asterism.errors.catalogue import entries
from asterism.keys.owner import OwnerKey

TIMEOUT = 10.0
_REFUSAL = re.compile(r"\[?(?P<id>[A-Z]{3}-[0-9]{3})\]?\s*(?P<rest>.*)", re.DOTALL)


def open_session(
    port: int,
    pin: Pin,
    machine: str,
    purpose: Purpose,
    owner: OwnerKey | None,
    *,
    timeout: float = TIMEOUT,
    witness: Witness | None = None,
) -> Session:
    """An attested session with `machine`, which has proven to be the pinned one.

    `owner` proves himself, None stays anonymous (purpose verify); `witness` is told of the evidence
    that was accepted. Before the genesis is signed,
    only `init` is possible: a pending genesis may already be in PCR 15. Raises AttestationError
    when the machine is refused, PeerRefusedError when it refuses us, UserError TLS-005 when it
    does not answer in time, ProvisionError CLU-013 without a relay and MCH-019 for a machine that
    does not run. While only its TPM's clock is refused, it is asked again.
    """
    prover: Prover = AnonymousProver() if owner is None else OwnerProver(owner)
    verifier = MachineVerifier(
        policy=pin.opened_policy(),
        cluster_id=pin.expected_cluster_id(),
        slot=machine,
        initdata_digest=pin.initdata_digest(machine),
        witness=witness,
    )
    name = network.attest_server_name(machine)

    def attest() -> Session:
        sock = _connect(pin.cluster, port)
        return dial(sock, purpose, prover, verifier, server_name=name, timeout=timeout)

    try:
        return until_safe(attest)
    except (RemoteProtocolError, UserError):
        from asterism.cluster import host

        host.require_running(pin.cluster, machine)  # a better reason, if the host knows one
        raise


def _connect(cluster: str, port: int) -> socket.socket:
    """A connection to the relay, which root starts again if it is gone; CLU-013 otherwise."""
    try:
        return socket.create_connection((RELAY_HOST, port), TIMEOUT)
    except OSError as exc:
        if os.geteuid() != 0 or not isinstance(exc, ConnectionRefusedError):
            raise _unreachable(port, exc) from exc
    from asterism.machine.relay import control

    port = control.start(cluster)
    try:
        return socket.create_connection((RELAY_HOST, port), TIMEOUT)
    except OSError as exc:
        raise _unreachable(port, exc) from exc


def _unreachable(port: int, reason: OSError) -> ProvisionError:
    return ProvisionError("CLU-013", f"no relay on {RELAY_HOST}:{port}", reason=str(reason))


@contextmanager
def channel(
    port: int,
    pin: Pin,
    machine: str,
    purpose: Purpose,
    owner: OwnerKey | None,
    *,
    witness: Witness | None = None,
) -> Iterator[tuple[grpc.Channel, SessionClaims]]:
    """A gRPC channel inside such a session, and what was proven; failed calls become our errors."""
    session = open_session(port, pin, machine, purpose, owner, witness=witness)
    with grpc_bridge.channel(session) as opened:
        try:
            yield opened, session.claims
        except grpc.RpcError as exc:
            raise _error(exc, machine) from exc


def _error(failure: grpc.RpcError, machine: str) -> Error:
    """The node says the ID of its error first, to its owner with the detail: `[ID] detail`."""
    detail = failure.details() or failure.code().name
    found = _REFUSAL.match(detail)
    if found and found["id"] in entries():
        return PeerRefusedError(found["id"], f"{machine}: {found['rest'] or 'it says no more'}")
    return ProvisionError("CLU-013", f"{machine}: {failure.code().name.lower()}: {detail}")
