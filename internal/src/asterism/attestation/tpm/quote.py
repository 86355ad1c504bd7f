"""Quotes: a signature of a TPM over named registers and qualifying data.

Only register values that the signed digest was recomputed from are ever given back; whoever looks
at others looks at nothing (CVE-2022-0317, CVE-2024-29039).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from asterism.attestation.findings import Findings
from asterism.attestation.tpm.key import read, require_attestation_key, verify_signature
from asterism.errors import AttestationError
from asterism.tpm.constants import DIGEST_SIZE, HASH_NAME, Alg
from asterism.tpm.structures import PcrSelection, Public, Quoted


@dataclass(frozen=True, slots=True)
class AuthenticQuote:
    """A quote that the key made, with the register values it covers."""

    public: Public
    quoted: Quoted
    pcrs: Mapping[int, bytes]
    """The values of exactly the demanded registers; read-only."""


def authenticate(
    *,
    ak_public: bytes,
    quoted: bytes,
    signature: bytes,
    pcrs: Mapping[int, bytes],
    registers: tuple[int, ...],
    bank: Alg = Alg.SHA256,
) -> AuthenticQuote:
    """Check key, form, signature, selection and digest of a quote over `registers` of `bank`.

    Raises AttestationError ATT-201 to ATT-206. What the quote was made *for* is checked apart, by
    `check_purpose`.
    """
    public = read(Public.parse, ak_public)
    require_attestation_key(public)
    return authenticate_by(
        public, quoted=quoted, signature=signature, pcrs=pcrs, registers=registers, bank=bank
    )


def authenticate_by(
    public: Public,
    *,
    quoted: bytes,
    signature: bytes,
    pcrs: Mapping[int, bytes],
    registers: tuple[int, ...],
    bank: Alg = Alg.SHA256,
) -> AuthenticQuote:
    """As `authenticate`, for a key that is known to be an attestation key by other means."""
    hash_alg = verify_signature(public, quoted, signature).hash_alg
    parsed = read(Quoted.parse, quoted)
    _require_selection(parsed, registers, bank)
    values = _require_values(pcrs, registers, bank)
    _require_digest(parsed, values, Alg(hash_alg))
    return AuthenticQuote(public, parsed, values)


def check_purpose(quote: AuthenticQuote, qualifying_data: bytes, findings: Findings) -> None:
    """Record ATT-002 for other qualifying data, ATT-207 for a clock that may have gone back."""
    findings.equal(
        "ATT-002", "quote qualifying data", qualifying_data, quote.quoted.extra_data, "session"
    )
    findings.require(quote.quoted.safe, "ATT-207", "TPM clock", "safe", "not safe", "TPM 2.0")


def _require_selection(quoted: Quoted, registers: tuple[int, ...], bank: Alg) -> None:
    """One bank, and exactly the registers: neither fewer nor more (V03)."""
    wanted = (PcrSelection(bank, tuple(sorted(registers))),)
    if not registers or quoted.selections != wanted:
        raise AttestationError.of(
            "ATT-205",
            claim="quoted registers",
            expected=_selection_text(wanted),
            got=_selection_text(quoted.selections),
            source="required registers",
        )


def _selection_text(selections: tuple[PcrSelection, ...]) -> str:
    texts = [f"{s.hash_alg:#06x}:{','.join(map(str, s.pcrs))}" for s in selections]
    return " ".join(texts) or "none"


def _require_values(
    pcrs: Mapping[int, bytes], registers: tuple[int, ...], bank: Alg
) -> Mapping[int, bytes]:
    size = DIGEST_SIZE[bank]
    if sorted(pcrs) != sorted(registers) or any(len(value) != size for value in pcrs.values()):
        raise AttestationError.of(
            "ATT-205",
            claim="shown registers",
            expected=f"{sorted(registers)} of {size} bytes",
            got=f"{sorted(pcrs)} of {sorted({len(value) for value in pcrs.values()})} bytes",
            source="required registers",
        )
    return MappingProxyType({index: pcrs[index] for index in sorted(registers)})


def _require_digest(quoted: Quoted, values: Mapping[int, bytes], hash_alg: Alg) -> None:
    """pcrDigest is by the hash of the signing scheme, whatever the bank (part 3, TPM2_Quote)."""
    digest = hashlib.new(HASH_NAME[hash_alg], b"".join(values[i] for i in sorted(values))).digest()
    findings = Findings()
    findings.equal("ATT-206", "register values", quoted.pcr_digest, digest, "quote")
    findings.raise_if_any()
