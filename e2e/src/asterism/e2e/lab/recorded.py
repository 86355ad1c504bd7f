"""Evidence of real machines, recorded: reports of AMD's processors, quotes of clouds' TPMs.

The files are the test vectors of `internal/tests/vectors`; their README names the sources.
"""

import base64
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from asterism.attestation.anchors import Anchor, Format
from asterism.attestation.snp.verify import AuthenticReport, authenticate
from asterism.attestation.tpm import quote
from asterism.tpm import ak
from asterism.tpm.constants import Alg
from asterism.tpm.structures import Public, RsaParameters, Scheme, Signature, Symmetric

VECTORS = Path(__file__).parents[5] / "internal/tests/vectors"
AT = datetime(2026, 6, 1, tzinfo=UTC)
"""All certificates are valid then."""
HCL_REPORT, HCL_RUNTIME = slice(32, 32 + 1184), 1232
"""Where Azure's attestation report has the SNP report, and the size of its runtime data."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One piece of evidence as named parts, and what verifies them (it raises)."""

    name: str
    parts: Mapping[str, bytes]
    check: Callable[[Mapping[str, bytes]], object]


def reports() -> list[Recorded]:
    """Reports with the certificates of their chips."""
    folders = ("milan-v2-smt-debug", "milan-v2-azure-like", "milan-v2-virtee")
    found = [_report(name) for name in (*folders, "oak-milan_oc_release")]
    return [*found, *(_azure_report(version) for version in (1, 2))]


def quotes() -> list[Recorded]:
    """Quotes over all 24 registers, with the registers."""
    return [_bare_quote(), *(_azure_quote(version) for version in (1, 2))]


def verified_report(name: str) -> AuthenticReport:
    """One of `reports`, verified under AMD's roots."""
    return _authentic(_report(name).parts)


def _authentic(parts: Mapping[str, bytes]) -> AuthenticReport:
    anchor = Anchor.of(Format.SNP, _certificate("milan_ark"))
    return authenticate(parts["report"], parts["leaf"], parts["intermediate"], (anchor,), AT)


def _report(name: str) -> Recorded:
    folder = VECTORS / "snp" / name
    binary, text = folder / "report.bin", folder / "report.hex"
    raw = binary.read_bytes() if binary.exists() else bytes.fromhex(text.read_text())
    return _recorded_report(name, raw, (folder / "vcek.der").read_bytes())


def _azure_report(version: int) -> Recorded:
    evidence = _azure(version)
    raw = _unpadded(evidence["hcl_report"])[HCL_REPORT]
    return _recorded_report(f"azure-v{version}", raw, _unpadded(evidence["vcek"]))


def _recorded_report(name: str, raw: bytes, leaf: bytes) -> Recorded:
    parts = {"report": raw, "leaf": leaf, "intermediate": _certificate("milan_ask")}
    return Recorded(name, parts, _authentic)


def _certificate(name: str) -> bytes:
    pem = (VECTORS / f"snp/roots/{name}.pem").read_bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _bare_quote() -> Recorded:
    value = json.loads((VECTORS / "tpm/trustee-tpm-evidence.json").read_text())
    key = load_der_public_key(base64.b64decode(value["ak_public"]))
    assert isinstance(key, rsa.RSAPublicKey)
    recorded = value["tpm_quote"]
    parts = {
        "quoted": base64.b64decode(recorded["message"]),
        "signature": base64.b64decode(recorded["signature"]),
        "registers": b"".join(map(bytes.fromhex, recorded["pcrs"])),
    }
    return Recorded("bare", parts, partial(_check_quote, _key(key.public_numbers())))


def _azure_quote(version: int) -> Recorded:
    evidence = _azure(version)
    hcl = _unpadded(evidence["hcl_report"])
    (size,) = struct.unpack_from("<I", hcl, HCL_RUNTIME)
    keys = json.loads(hcl[HCL_RUNTIME + 4 : HCL_RUNTIME + 4 + size])["keys"]
    found = next(key for key in keys if key["kid"] == "HCLAkPub")
    exponent, modulus = (int.from_bytes(_unpadded(found[name]), "big") for name in ("e", "n"))
    recorded = evidence["tpm_quote"]
    signature = Signature(Alg.RSASSA, Alg.SHA256, (bytes.fromhex(recorded["signature"]),))
    parts = {
        "quoted": bytes.fromhex(recorded["message"]),
        "signature": signature.marshal(),
        "registers": b"".join(map(bytes.fromhex, recorded["pcrs"])),
    }
    key = _key(rsa.RSAPublicNumbers(exponent, modulus))
    return Recorded(f"azure-v{version}", parts, partial(_check_quote, key))


def _check_quote(public: bytes, parts: Mapping[str, bytes]) -> object:
    registers = parts["registers"]
    return quote.authenticate(
        ak_public=public,
        quoted=parts["quoted"],
        signature=parts["signature"],
        pcrs={index: registers[32 * index : 32 * (index + 1)] for index in range(24)},
        registers=tuple(range(24)),
    )


def _key(numbers: rsa.RSAPublicNumbers) -> bytes:
    """A public area for the key; of the machines' own only the RSA key was recorded."""
    scheme = Scheme(Alg.RSASSA, Alg.SHA256)
    parameters = RsaParameters(Symmetric(), scheme, 2048, 0, numbers.n.to_bytes(256, "big"))
    return Public(Alg.SHA256, ak.TEMPLATE.attributes, b"", parameters).marshal()


def _azure(version: int) -> dict[str, Any]:
    evidence: dict[str, Any] = json.loads(
        (VECTORS / f"azure-snp-vtpm/evidence-v{version}.json").read_text()
    )
    return evidence


def _unpadded(text: str) -> bytes:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
