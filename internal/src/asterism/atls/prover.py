"""How this side proves itself: what it announces in its hello, and the proof for a binder.

The prover of a node, which talks to its vTPM and secure processor, is in the bootstrapper.
"""

from typing import Protocol

from typing_extensions import override

from asterism.attestation.binding import Binding
from asterism.keys.owner import OwnerKey
from asterism.proto.session.v1.session_pb2 import Anonymous, OwnerProof, Proof


class Prover(Protocol):
    """Proves this side to the peer, for one binder after another; called from several threads."""

    @property
    def ak_name(self) -> bytes:
        """TPM name of the attestation key that will sign; empty where no evidence is shown."""

    def prove(self, binding: Binding) -> Proof:
        """The proof that carries `binding`, made freshly."""


class OwnerProver(Prover):
    """The owner has no TEE: he signs the very binder that evidence would carry."""

    def __init__(self, key: OwnerKey) -> None:
        self._key = key

    @property
    @override
    def ak_name(self) -> bytes:
        """Empty: an owner has no attestation key."""
        return b""

    @override
    def prove(self, binding: Binding) -> Proof:
        """The owner's signature over the binder."""
        signature = self._key.prove(binding.value)
        return Proof(owner=OwnerProof(public_key=self._key.public, signature=signature))


class AnonymousProver(Prover):
    """Says nothing about itself; only the purpose `verify` lets a dialler do that."""

    @property
    @override
    def ak_name(self) -> bytes:
        """Empty."""
        return b""

    @override
    def prove(self, binding: Binding) -> Proof:
        """An empty proof."""
        return Proof(anonymous=Anonymous())
