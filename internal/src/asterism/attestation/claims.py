"""What is proven about the other side of a session. Authorisation looks at nothing else.

Objects of these types are made by the verifier only; holding one means that everything in it was
checked against the expectations it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from asterism.attestation.anchors import Anchor
from asterism.attestation.grant import Grant
from asterism.attestation.initdata import Initdata
from asterism.attestation.snp.tcb import Product, Tcb


class Tee(StrEnum):
    """Kinds of confidential machine."""

    SNP_VTPM = "snp+vtpm"


@dataclass(frozen=True, slots=True)
class SnpVersions:
    """The TCB versions of a report: where the platform stands, and stood at launch."""

    product: Product
    reported: Tcb
    committed: Tcb
    launch: Tcb
    current: Tcb


@dataclass(frozen=True, slots=True)
class NodeClaims:
    """A genuine machine that runs what the policy wants, and which one it is."""

    tee: Tee
    measurement: bytes
    """SNP launch measurement, 48 bytes."""
    pcrs: Mapping[int, bytes]
    """The quoted SHA-256 registers, 32 bytes each; read-only."""
    platform_id: bytes
    """SNP CHIP_ID, 64 bytes."""
    vmpl: int
    versions: SnpVersions
    ak_name: bytes
    """TPM name of the attestation key, 34 bytes. The session compares it with its hello."""
    ek_fingerprint: bytes
    """SHA-256 of the endorsement certificate (DER), 32 bytes."""
    reset_count: int
    """How often this TPM was reset; grows within the life of an attestation key."""
    restart_count: int
    initdata: Initdata
    initdata_digest: bytes
    grant: Grant
    """Signed by one of the owners that the verifier's policy is from."""
    cluster_id: bytes | None
    """The cluster PCR 15 is bound to; None while it is zero."""
    policy_digest: bytes
    """The policy that was applied: SHA-256 of its payload."""
    policy_epoch: int
    anchors: tuple[Anchor, ...]
    """The roots that were used, not all that were allowed."""
    labels: frozenset[str]
    """EMULATED where any used root is."""
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class OwnerClaims:
    """The holder of an owner key signed this session's binder."""

    public_key: bytes
    """Ed25519, 32 bytes; compared with the known owners."""


@dataclass(frozen=True, slots=True)
class AnonymousClaims:
    """Nothing is proven about the other side."""


Claims: TypeAlias = NodeClaims | OwnerClaims | AnonymousClaims
