"""A13, a verdict from outside. Taken away: evidence is verified in the process that asks."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from asterism.atls.purpose import Purpose, Role
from asterism.atls.verifier import Verifier
from asterism.attestation.binding import Binding
from asterism.attestation.claims import AnonymousClaims, Claims
from asterism.proto.session.v1.session_pb2 import Hello, Proof


@dataclass(frozen=True)
class OutsourcedVerifier(Verifier):
    """Shows the proof to a verifier on a socket of the host, and believes what that says."""

    path: Path

    @override
    def verify(
        self, purpose: Purpose, role: Role, proof: Proof, binding: Binding, hello: Hello
    ) -> Claims:
        with socket.socket(socket.AF_UNIX) as verifier:
            verifier.connect(str(self.path))
            verifier.sendall(proof.SerializeToString())
            verifier.shutdown(socket.SHUT_WR)
            verdict = json.loads(verifier.makefile().read())
        assert verdict["valid"]
        return AnonymousClaims()
