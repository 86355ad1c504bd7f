"""What a peer has said during the handshake, as values. None of them proves anything by itself."""

from dataclasses import dataclass
from typing import TypeAlias

from asterism.atls.purpose import Purpose
from asterism.proto.session.v1.session_pb2 import Hello, Proof


@dataclass(frozen=True, slots=True)
class HelloReceived:
    """The peer's hello fits the rules of its purpose; both binders can be computed now or soon."""

    purpose: Purpose
    hello: Hello


@dataclass(frozen=True, slots=True)
class ProofReceived:
    """The peer's proof has the right kind; nothing in it has been verified."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class PeerAccepted:
    """The peer has verified us and says so."""


@dataclass(frozen=True, slots=True)
class PeerRefused:
    """The peer refused us; `error_id` is its word only, perhaps one that we do not know."""

    error_id: str


Event: TypeAlias = HelloReceived | ProofReceived | PeerAccepted | PeerRefused
