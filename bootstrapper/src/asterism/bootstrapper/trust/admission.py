"""Who is admitted, and to what: the rules of Trust.Join as a pure function.

Evidence was verified by the session before this is asked, so the applicant's platform and grant
are facts; here they are compared with the cluster's genesis and with who is a member already.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from asterism.attestation.anchors import EMULATED
from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Grant, Role
from asterism.bootstrapper.assignment import Assignment, Peer
from asterism.bootstrapper.trust.ledger import Ledger, Member
from asterism.errors import AttestationError, Mismatch

TEE_NAME = "snp"


@dataclass(frozen=True, slots=True)
class Applicant:
    """A machine that asks for its place, as its evidence shows it."""

    grant: Grant
    platform: bytes
    chip: bytes
    emulated: bool
    underlay_address: IPv4Address
    attest_port: int


def applicant_of(
    claims: NodeClaims,
    *,
    owners: Collection[bytes],
    underlay_address: IPv4Address,
    attest_port: int,
) -> Applicant:
    """The applicant of a verified session.

    AttestationError JOI-003 unless one of `owners`, the genesis', signed the grant; the session
    compared it with the policy's owners only.
    """
    try:
        grant = Grant.open(claims.initdata.grant, owners)
    except AttestationError as exc:
        raise _refusal(
            "JOI-003", "grant signature", "by an owner of the genesis", str(exc), "genesis"
        ) from exc
    return Applicant(
        grant=grant,
        platform=platform_of(claims),
        chip=claims.platform_id,
        emulated=EMULATED in claims.labels,
        underlay_address=underlay_address,
        attest_port=attest_port,
    )


def platform_of(claims: NodeClaims) -> bytes:
    """The identity of a verified machine."""
    return platform_identity(claims.platform_id, claims.ek_fingerprint, claims.ak_name)


def platform_identity(chip: bytes, ek_fingerprint: bytes, ak_name: bytes) -> bytes:
    """What a machine is known by: SHA-256 over chip ID, endorsement certificate, attestation key.

    Machines of one host share the chip, and an endorsement certificate is public: only the
    attestation key, the same in every life of a TPM, is proven by each session. AttestationError
    JOI-009 if one is empty.
    """
    parts = (("chip ID", chip), ("endorsement key", ek_fingerprint), ("attestation key", ak_name))
    hashed = hashlib.sha256(b"asterism platform\0")
    for claim, value in parts:
        if len(set(value)) < 2:
            raise _refusal("JOI-009", claim, "an identity", value.hex() or "nothing", "evidence")
        hashed.update(len(value).to_bytes(4, "big") + value)
    return hashed.digest()


def admit(
    ledger: Ledger, applicant: Applicant, *, cluster: str, roles: Collection[Role]
) -> tuple[Ledger, Member]:
    """The ledger with the applicant in it, and its membership.

    A machine that was admitted before gets the same assignment again. AttestationError with every
    rule that the applicant breaks: JOI-001, 002, 004, 005, 006. JOI-007 when no address is left.
    """
    mismatches = [*_grant_mismatches(ledger, applicant.grant, cluster, roles)]
    mismatches += _slot_mismatches(ledger, applicant)
    if mismatches:
        raise AttestationError(mismatches)
    known = ledger.by_platform(applicant.platform)
    member = _resumed(known, applicant) if known else _new(ledger, applicant)
    return ledger.with_member(member), member


def _grant_mismatches(
    ledger: Ledger, grant: Grant, cluster: str, roles: Collection[Role]
) -> list[Mismatch]:
    wanted_roles = " or ".join(sorted(roles))
    checks = (
        ("JOI-001", "grant cluster", cluster, grant.cluster, grant.cluster == cluster),
        (
            "JOI-002",
            "grant nonce",
            ledger.nonce.hex(),
            grant.nonce.hex(),
            _nonce_fits(ledger, grant),
        ),
        ("JOI-006", "grant role", wanted_roles, grant.role.value, grant.role in roles),
    )
    return [
        Mismatch(i, claim, want, got, "genesis") for i, claim, want, got, held in checks if not held
    ]


def _nonce_fits(ledger: Ledger, grant: Grant) -> bool:
    return bool(ledger.nonce) and grant.nonce == ledger.nonce


def _slot_mismatches(ledger: Ledger, applicant: Applicant) -> list[Mismatch]:
    """One slot is one machine, and one machine is one slot."""
    found = []
    slot = applicant.grant.slot
    holder = ledger.by_name(slot)
    if holder is not None and holder.platform != applicant.platform:
        expected, got = holder.platform.hex(), applicant.platform.hex()
        found.append(Mismatch("JOI-004", f"platform of {slot}", expected, got, "ledger"))
    earlier = ledger.by_platform(applicant.platform)
    if earlier is not None and earlier.name != slot:
        found.append(Mismatch("JOI-005", "slot of this platform", earlier.name, slot, "ledger"))
    return found


def _resumed(known: Member, applicant: Applicant) -> Member:
    """The same place; only the routing hint may have changed."""
    peer = Peer(known.assignment, applicant.underlay_address, applicant.attest_port)
    return replace(known, peer=peer, emulated=applicant.emulated)


def _new(ledger: Ledger, applicant: Applicant) -> Member:
    address, pods = ledger.free_place()
    grant = applicant.grant
    assignment = Assignment(grant.slot, grant.role, address, pods, generation=1)
    return Member(
        Peer(assignment, applicant.underlay_address, applicant.attest_port),
        applicant.platform,
        applicant.chip,
        TEE_NAME,
        applicant.emulated,
    )


def _refusal(error_id: str, claim: str, expected: str, got: str, source: str) -> AttestationError:
    return AttestationError.of(error_id, claim=claim, expected=expected, got=got, source=source)
