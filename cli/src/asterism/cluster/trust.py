"""The makers whose hardware the owner trusts: recorded by an explicit step, never from a machine.

`anchors/snp.pem` and `anchors/tpm.pem` hold one or more root certificates each. What is recorded
is replaced only when the owner says so: a changed anchor is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from asterism.attestation.anchors import Anchor, Anchors, Format, pem_of
from asterism.cluster.home import OwnerHome
from asterism.errors import AttestationError, Mismatch, UserError
from asterism.keys.unreadable import UNREADABLE


@dataclass(frozen=True, slots=True)
class Change:
    """What an import did with one anchor."""

    anchor: Anchor
    known: bool
    """It was recorded before."""


def recorded(home: OwnerHome) -> Anchors:
    """The owner's anchors; UserError CLU-009 if none were imported."""
    found = {kind: _read(_file(home, kind), kind) for kind in Format}
    missing = [kind.value for kind, anchors in found.items() if not anchors]
    if missing:
        detail = f"{home.anchors_directory} holds none for {' and '.join(missing)}"
        raise UserError("CLU-009", detail)
    return Anchors(snp=found[Format.SNP], tpm=found[Format.TPM])


def record(home: OwnerHome, offered: Iterable[Anchor], *, replace: bool) -> list[Change]:
    """Record the offered anchors.

    A format that has anchors already keeps them: AttestationError CLU-010 if others are offered
    for it, unless `replace`. Repeating an import changes nothing.
    """
    anchors = list(offered)
    before = {kind: _read(_file(home, kind), kind) for kind in Format}
    if not replace:
        _refuse_changes(before, anchors)
    changes = [Change(anchor, anchor in before[anchor.format]) for anchor in anchors]
    for kind in Format:
        chosen = [anchor for anchor in anchors if anchor.format is kind]
        if chosen:
            home.write(_file(home, kind), "".join(map(pem_of, chosen)).encode())
    return changes


def read_file(path: Path, kind: Format | None) -> list[Anchor]:
    """The anchors in a PEM file. Without `kind` it is guessed: an AMD root key is SNP's.

    OSError if it cannot be read, UserError FIL-006 if it holds no root certificates.
    """
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
        roots = [item for item in certificates if item.issuer == item.subject]
    except UNREADABLE as exc:
        raise UserError("FIL-006", f"{path}: not PEM certificates: {exc}") from exc
    if not roots:
        raise UserError("FIL-006", f"{path} holds no root certificate")
    return [Anchor.of(kind or _guess(root), root.public_bytes(Encoding.DER)) for root in roots]


def _guess(certificate: x509.Certificate) -> Format:
    name = certificate.subject.rfc4514_string()
    return Format.SNP if "ARK" in name else Format.TPM


def _file(home: OwnerHome, kind: Format) -> Path:
    return home.anchors_directory / f"{kind.value}.pem"


def _read(path: Path, kind: Format) -> tuple[Anchor, ...]:
    return tuple(read_file(path, kind)) if path.exists() else ()


def _refuse_changes(before: dict[Format, tuple[Anchor, ...]], offered: list[Anchor]) -> None:
    found = [
        Mismatch(
            "CLU-010",
            f"{anchor.format.value} anchor",
            ", ".join(known.fingerprint for known in before[anchor.format]),
            anchor.fingerprint,
            "the owner's recorded anchors",
        )
        for anchor in offered
        if before[anchor.format] and anchor not in before[anchor.format]
    ]
    if found:
        raise AttestationError(found)
