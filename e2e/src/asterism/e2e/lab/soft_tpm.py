"""A TPM in software, of a node that means ill: it signs whatever it is told, and calls it a quote.

The node has a genuine processor and the right launch; its report vouches for the name of this key.
What such a key may sign with, and over what, is then all that is between it and a verifier.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from typing_extensions import override

from asterism.atls.prover import Prover
from asterism.attestation.binding import Binding
from asterism.e2e.lab.machine import LabMachine
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.proto.session.v1.session_pb2 import Proof
from asterism.tpm import ak
from asterism.tpm.constants import Alg
from asterism.tpm.structures import EccParameters, PcrSelection, Public, Quoted, Signature

ATTRIBUTES = ak.TEMPLATE.attributes
"""Those of a genuine attestation key."""


@dataclass(frozen=True, slots=True)
class SoftTpm(Prover):
    """Quotes `quoted` of `bank` and shows the registers `shown`; None leaves the machine's own."""

    machine: LabMachine
    quoted: Mapping[int, bytes] | None = None
    bank: int = Alg.SHA256
    shown: Mapping[int, bytes] | None = None
    attributes: int = ATTRIBUTES
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    @override
    def ak_name(self) -> bytes:
        return self.public.name()

    @property
    def public(self) -> Public:
        """The public area, with whatever attributes it claims."""
        point = self.key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        parameters = ak.TEMPLATE.parameters
        assert isinstance(parameters, EccParameters)
        named = replace(parameters, x=x, y=y)
        return replace(ak.TEMPLATE, attributes=self.attributes, parameters=named)

    @override
    def prove(self, binding: Binding) -> Proof:
        return Proof(evidence=self.evidence(binding))

    def evidence(self, binding: Binding) -> Evidence:
        """The machine's evidence with this key's quote in it."""
        evidence = self.machine.prover.evidence(binding)
        genuine = Quoted.parse(evidence.tpm.quoted)
        registers = dict(zip(genuine.selections[0].pcrs, evidence.tpm.pcrs, strict=True))
        shown = registers if self.shown is None else self.shown
        quoted = self._quote(genuine, shown).marshal()
        evidence.tpm.ak_public = self.public.marshal()
        evidence.tpm.quoted = quoted
        evidence.tpm.signature = self._sign(quoted)
        del evidence.tpm.pcrs[:]
        evidence.tpm.pcrs.extend(shown[index] for index in sorted(shown))
        return evidence

    def _quote(self, genuine: Quoted, shown: Mapping[int, bytes]) -> Quoted:
        """The genuine quote with another selection and its digest; by default what is shown."""
        values = shown if self.quoted is None else self.quoted
        digest = hashlib.sha256(b"".join(values[index] for index in sorted(values))).digest()
        selection = PcrSelection(self.bank, tuple(sorted(values)))
        return replace(genuine, selections=(selection,), pcr_digest=digest)

    def _sign(self, message: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
        numbers = (r.to_bytes(32, "big"), s.to_bytes(32, "big"))
        return Signature(Alg.ECDSA, Alg.SHA256, numbers).marshal()
