"""Which machine this is, from its own hardware: the same facts that its evidence shows."""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address

from asterism.attestation.grant import Grant
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy
from asterism.bootstrapper.trust.admission import platform_identity


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine. `grant` and `policy` were signed by an owner that the initdata name."""

    initdata: Initdata
    grant: Grant
    policy: Policy
    chip: bytes
    """SNP CHIP_ID, 64 bytes."""
    ek_fingerprint: bytes
    """SHA-256 of the endorsement certificate, 32 bytes."""
    ak_name: bytes
    """TPM name of the attestation key, 34 bytes."""
    emulated: bool
    """Whether the policy's anchors are emulated; a label, never a decision."""
    underlay_address: IPv4Address

    @property
    def platform(self) -> bytes:
        """How ledgers know this machine, 32 bytes."""
        return platform_identity(self.chip, self.ek_fingerprint, self.ak_name)

    @property
    def owners(self) -> frozenset[bytes]:
        """The owner keys whose word this machine follows."""
        return frozenset(self.initdata.owners)


def identify(
    initdata: bytes, *, chip: bytes, ek_certificate: bytes, ak_name: bytes, address: IPv4Address
) -> Machine:
    """The machine of these initdata; AttestationError DOC-00x unless grant and policy are signed.

    The initdata are the host's. A host that lies in them changes HOST_DATA and PCR 8 with it, so
    this machine could convince neither the owner nor a cluster.
    """
    decoded = Initdata.decode(initdata)
    policy = Policy.open(decoded.policy, decoded.owners)
    return Machine(
        initdata=decoded,
        grant=Grant.open(decoded.grant, decoded.owners),
        policy=policy,
        chip=chip,
        ek_fingerprint=hashlib.sha256(ek_certificate).digest(),
        ak_name=ak_name,
        emulated=bool(policy.anchors.emulated),
        underlay_address=address,
    )
