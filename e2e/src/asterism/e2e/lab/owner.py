"""The owner of a lab: key, policy, grants and initdata, as the command line would make them."""

from dataclasses import dataclass, field
from types import MappingProxyType

from asterism import clock
from asterism.attestation import initdata as documents
from asterism.attestation.anchors import Anchors
from asterism.attestation.grant import NONCE_SIZE, Grant, Role
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy, SnpRules
from asterism.cluster.documents import FLOORS
from asterism.e2e.lab.machine import Image
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.owner import OwnerKey
from asterism.machine.makers.anchors import export_anchors
from asterism.machine.makers.store import MakerStore

CLUSTER = "lab"


def anchors_of(makers: MakerStore) -> Anchors:
    """The roots of some emulated makers."""
    exported = {name: pem.decode() for name, pem in export_anchors(makers).items()}
    return Anchors.from_pem(snp=[exported["snp"]], tpm=[exported["tpm"]])


@dataclass(frozen=True, slots=True)
class LabOwner:
    """Somebody who wants a cluster of machines of `makers` that run `image`."""

    makers: MakerStore
    key: OwnerKey = field(default_factory=OwnerKey.generate)
    nonce: bytes = field(default_factory=lambda: clock.random_bytes(NONCE_SIZE))

    def policy(self, image: Image | None = None, *, allow_debug: bool = False) -> Policy:
        """What this owner accepts."""
        image = image or Image()
        rules = SnpRules(
            measurements=frozenset({image.measurement}),
            minimum_tcb=FLOORS,
            accept_distrusted=MappingProxyType({}),
            vmpl=0,
            allow_debug=allow_debug,
            allow_migration=False,
        )
        return Policy(
            epoch=1,
            production=False,
            accept_emulated=True,
            anchors=anchors_of(self.makers),
            pcrs=MappingProxyType({n: frozenset({value}) for n, value in image.pcrs.items()}),
            snp=rules,
            owners=frozenset({self.key.public}),
        )

    def initdata(self, slot: str, role: Role) -> Initdata:
        """The document of one machine."""
        grant = Grant(cluster=CLUSTER, nonce=self.nonce, slot=slot, role=role)
        return Initdata(
            cluster=CLUSTER,
            owners=(self.key.public,),
            addresses=("10.210.0.11:9443",),
            grant=SignedDocument.sign(Kind.GRANT, grant.payload(), [self.key]),
            policy=self.policy().sign(self.key),
        )

    @staticmethod
    def digest(initdata: Initdata) -> bytes:
        """What the evidence of the machine with these initdata must carry."""
        return documents.digest(initdata.encode())
