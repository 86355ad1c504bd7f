"""An owner and what he signs: policy, grants, initdata, genesis."""

from datetime import date
from functools import cache
from types import MappingProxyType

from asterism.attestation.anchors import Anchors
from asterism.attestation.grant import Grant, Role
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy, SnpRules
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.e2e.fuzz.seeds import certificates
from asterism.e2e.fuzz.seeds.certificates import authority
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.genesis import Authorities, FirstNode, Genesis
from asterism.keys.owner import OwnerKey
from asterism.keys.secret import Secret

CLUSTER = "local"
NONCE = bytes(range(32))
CHIP = bytes(range(64))
AK_NAME = b"\0\x0b" + bytes(range(32))
OWNER = OwnerKey(Secret(bytes(range(1, 33))))
OWNERS = frozenset({OWNER.public})
CHIP_ROOT = 21
TPM_ROOT = 22
AUTHORITY_KEYS = {"identity": 31, "cluster": 32, "etcd": 33, "front_proxy": 34, "user": 35}
TRUST_SEED = bytes(range(2, 34))


@cache
def anchors() -> Anchors:
    """Emulated makers' roots."""
    chip = certificates.pem(authority("EMULATED ARK-Genoa", CHIP_ROOT))
    tpm = certificates.pem(authority("EMULATED TPM root", TPM_ROOT))
    return Anchors.from_pem(snp=[chip], tpm=[tpm])


@cache
def policy() -> Policy:
    """A whole policy with all three product lines."""
    floors = {
        Product.MILAN: Tcb(4, 0, 20, 200),
        Product.GENOA: Tcb(9, 0, 22, 72),
        Product.TURIN: Tcb(1, 0, 1, 60, 1),
    }
    values = {index: frozenset({bytes(range(index, index + 32))}) for index in (4, 9, 11)}
    return Policy(
        epoch=3,
        production=False,
        accept_emulated=True,
        anchors=anchors(),
        pcrs=MappingProxyType(values),
        snp=SnpRules(
            measurements=frozenset({bytes(range(48))}),
            minimum_tcb=MappingProxyType(floors),
            accept_distrusted=MappingProxyType({Product.MILAN: date(2027, 1, 31)}),
            vmpl=0,
            allow_debug=False,
            allow_migration=False,
        ),
        owners=OWNERS,
    )


def grant(slot: str = "local-worker-1", role: Role = Role.WORKER) -> Grant:
    """A grant of the owner."""
    return Grant(CLUSTER, NONCE, slot, role)


@cache
def initdata(slot: str = "local-worker-1", role: Role = Role.WORKER) -> Initdata:
    """What the host gives a machine."""
    return Initdata(
        cluster=CLUSTER,
        owners=(OWNER.public,),
        addresses=("10.210.0.11:9443",),
        grant=SignedDocument.sign(Kind.GRANT, grant(slot, role).payload(), [OWNER]),
        policy=policy().sign(OWNER),
    )


@cache
def genesis() -> Genesis:
    """A genesis with five authorities."""
    made = {n: certificates.pem(authority(n, number)) for n, number in AUTHORITY_KEYS.items()}
    return Genesis(
        cluster=CLUSTER,
        authorities=Authorities(**made),
        trust_key=OwnerKey(Secret(TRUST_SEED)).public,
        owners=(OWNER.public,),
        threshold=1,
        policy_digest=policy().digest,
        policy_epoch=policy().epoch,
        first_node=FirstNode("local-cp-1", CHIP, AK_NAME),
        random=bytes(range(100, 132)),
    )


@cache
def signed_genesis() -> SignedDocument:
    """The same, signed."""
    return SignedDocument.sign(Kind.GENESIS, genesis().payload(), [OWNER])
