"""Real TPM quotes and event logs, of Azure, GCE and a bare vTPM."""

import base64
import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from asterism.attestation.anchors import Anchor, Format
from asterism.attestation.binding import Binding
from asterism.attestation.findings import Findings
from asterism.attestation.snp.report import Report
from asterism.attestation.snp.verify import authenticate
from asterism.attestation.tpm import key, quote
from asterism.attestation.tpm.verify import read_log
from asterism.errors import AttestationError
from asterism.measurement import eventlog
from asterism.tpm.constants import Alg
from asterism.tpm.structures import Public, RsaParameters, Scheme, Signature, Symmetric

VECTORS = Path(__file__).parents[1] / "vectors"
ALL = tuple(range(24))
AK_ATTRIBUTES = 0x50072


@dataclass(frozen=True)
class Quote:
    """One real quote."""

    public: Public
    quoted: bytes
    signature: bytes
    pcrs: Mapping[int, bytes]
    bank: Alg = Alg.SHA256

    def check(self, **changes: Any) -> quote.AuthenticQuote:
        """Authenticate it over all 24 registers, but for `changes`."""
        expected: dict[str, Any] = {
            "ak_public": self.public.marshal(),
            "quoted": self.quoted,
            "signature": self.signature,
            "pcrs": self.pcrs,
            "registers": ALL,
            "bank": self.bank,
        }
        return quote.authenticate(**(expected | changes))


def rsa_public(numbers: rsa.RSAPublicNumbers) -> Public:
    """The public area of an attestation key of which only the RSA key was recorded."""
    modulus = numbers.n.to_bytes(256, "big")
    scheme = Scheme(Alg.RSASSA, Alg.SHA256)
    parameters = RsaParameters(Symmetric(), scheme, 2048, 0, modulus)
    return Public(Alg.SHA256, AK_ATTRIBUTES, b"", parameters)


def unpadded(text: str) -> bytes:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def azure(version: int) -> tuple[Quote, bytes, bytes]:
    """Quote, SNP report and the runtime data that it is over (attestation report of Azure)."""
    path = VECTORS / "azure-snp-vtpm" / f"evidence-v{version}.json"
    value = json.loads(path.read_text())
    hcl = unpadded(value["hcl_report"])
    (size,) = struct.unpack_from("<I", hcl, 1232)
    runtime = hcl[1236 : 1236 + size]
    ak = next(k for k in json.loads(runtime)["keys"] if k["kid"] == "HCLAkPub")
    exponent, modulus = (int.from_bytes(unpadded(ak[name]), "big") for name in ("e", "n"))
    recorded = value["tpm_quote"]
    signature = Signature(Alg.RSASSA, Alg.SHA256, (bytes.fromhex(recorded["signature"]),))
    found = Quote(
        rsa_public(rsa.RSAPublicNumbers(exponent, modulus)),
        bytes.fromhex(recorded["message"]),
        signature.marshal(),
        {i: bytes.fromhex(pcr) for i, pcr in enumerate(recorded["pcrs"])},
    )
    return found, hcl[32 : 32 + 1184], runtime


def bare() -> Quote:
    """The quote of a bare vTPM."""
    value = json.loads((VECTORS / "tpm" / "trustee-tpm-evidence.json").read_text())
    ak = load_der_public_key(base64.b64decode(value["ak_public"]))
    assert isinstance(ak, rsa.RSAPublicKey)
    recorded = value["tpm_quote"]
    return Quote(
        rsa_public(ak.public_numbers()),
        base64.b64decode(recorded["message"]),
        base64.b64decode(recorded["signature"]),
        {i: bytes.fromhex(pcr) for i, pcr in enumerate(recorded["pcrs"])},
    )


def members(message: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a protocol buffer: number, and bytes or integer."""

    def varint(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = message[at]
            value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
            if byte < 0x80:
                return value, at

    at = 0
    while at < len(message):
        tag, at = varint(at)
        value, at = varint(at)
        if tag & 7 == 2:
            yield tag >> 3, message[at : at + value]
            at += value
        else:
            yield tag >> 3, value


def gce(name: str) -> tuple[list[Quote], bytes]:
    """All quotes and the event log of a go-tpm-tools Attestation message."""
    fields = list(members((VECTORS / "gce-vtpm" / name).read_bytes()))
    public = Public.parse(next(value for number, value in fields if number == 1))
    quotes = [_gce_quote(public, value) for number, value in fields if number == 2]
    return quotes, next(value for number, value in fields if number == 3)


def _gce_quote(public: Public, message: bytes) -> Quote:
    parts = dict(members(message))
    pcrs, bank = {}, Alg.SHA256
    for number, value in members(parts[3]):
        if number == 1:
            bank = Alg(value)
        else:
            entry = dict(members(value))
            pcrs[entry.get(1, 0)] = entry[2]
    return Quote(public, parts[1], parts[2], pcrs, bank)


@pytest.mark.parametrize("version", [1, 2])
def test_azure_quote_is_by_the_key_that_the_report_names(version: int) -> None:
    """The report's data is the hash of the runtime data, which holds the key of the quote."""
    found, report, runtime = azure(version)
    assert Report.parse(report).report_data == hashlib.sha256(runtime).digest() + bytes(32)
    assert sorted(found.check().pcrs) == list(ALL)


@pytest.mark.parametrize("version", [1, 2])
def test_azure_report_verifies(version: int, vectors: Path) -> None:
    """The SNP report under the quote leads to AMD's root."""
    ark, ask = (
        x509.load_pem_x509_certificate((vectors / f"snp/roots/milan_{name}.pem").read_bytes())
        for name in ("ark", "ask")
    )
    value = json.loads((vectors / f"azure-snp-vtpm/evidence-v{version}.json").read_text())
    anchor = Anchor.of(Format.SNP, ark.public_bytes(Encoding.DER))
    vcek, at = unpadded(value["vcek"]), datetime(2026, 1, 1, tzinfo=UTC)
    report = azure(version)[1]
    authentic = authenticate(report, vcek, ask.public_bytes(Encoding.DER), (anchor,), at)
    assert authentic.report.vmpl == 0


def test_bare_quote_verifies() -> None:
    """A quote of a vTPM without any report around it."""
    assert len(bare().check().pcrs) == 24


@pytest.mark.parametrize(
    ("name", "nonce"),
    [("gce-cos-85-no-nonce.pb", b""), ("gce-cos-85-nonce9009.pb", b"\x90\x09")],
)
def test_gce_quotes_verify_and_the_log_explains_them(name: str, nonce: bytes) -> None:
    """The real attestation key has the wanted attributes; the log replays in every bank."""
    quotes, log = gce(name)
    assert {found.bank for found in quotes} >= {Alg.SHA1, Alg.SHA256}
    for found in quotes:
        authentic = found.check()
        assert authentic.quoted.extra_data == nonce
        replayed = eventlog.replay(read_log(log), found.bank)
        # PCR 10 is the kernel's (IMA), which keeps a log of its own.
        assert [i for i, value in authentic.pcrs.items() if replayed[i] != value] == [10]


def test_quote_for_a_foreign_nonce_is_refused() -> None:
    """A genuine quote that was made for something else: ATT-002."""
    findings = Findings()
    binding = Binding(bytes(range(64)))
    quote.check_purpose(azure(1)[0].check(), binding.qualifying_data, findings)
    with pytest.raises(AttestationError, match="ATT-002"):
        findings.raise_if_any()


@pytest.mark.parametrize(
    ("change", "error_id"),
    [
        ({"registers": ()}, "ATT-205"),
        ({"registers": (4, 8, 9, 11, 15)}, "ATT-205"),
        ({"bank": Alg.SHA384}, "ATT-205"),
        ({"pcrs": {}}, "ATT-205"),
        ({"quoted": b""}, "ATT-204"),
        ({"signature": b""}, "ATT-201"),
        ({"ak_public": b""}, "ATT-201"),
    ],
)
def test_other_expectations_are_refused(change: dict[str, Any], error_id: str) -> None:
    """Selection, bank, values and parts must be exactly the expected ones (V03)."""
    with pytest.raises(AttestationError, match=error_id):
        azure(1)[0].check(**change)


def test_every_changed_byte_of_the_quote_is_refused() -> None:
    """One bit in each signed byte (V02)."""
    found = bare()
    for offset in range(len(found.quoted)):
        changed = bytearray(found.quoted)
        changed[offset] ^= 1 << offset % 8
        with pytest.raises(AttestationError, match="ATT-204"):
            found.check(quoted=bytes(changed))


@given(offset=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_changed_byte_of_the_signature_is_refused(offset: int, flip: int) -> None:
    """Algorithm, length or number."""
    found = bare()
    changed = bytearray(found.signature)
    changed[offset % len(changed)] ^= flip
    with pytest.raises(AttestationError):
        found.check(signature=bytes(changed))


@given(index=st.integers(0, 23), offset=st.integers(0, 31), flip=st.integers(1, 255))
def test_any_changed_register_is_refused(index: int, offset: int, flip: int) -> None:
    """Values that do not hash to the quoted digest: ATT-206."""
    found = bare()
    value = bytearray(found.pcrs[index])
    value[offset] ^= flip
    with pytest.raises(AttestationError, match="ATT-206"):
        found.check(pcrs={**found.pcrs, index: bytes(value)})


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=200))
def test_random_bytes_raise_only_our_errors(ak: bytes, quoted: bytes, signature: bytes) -> None:
    """Whatever is no quote is refused as such."""
    with pytest.raises(AttestationError, match="ATT-201"):
        bare().check(ak_public=ak, quoted=quoted, signature=signature)


@given(st.binary(max_size=300))
def test_random_logs_raise_only_our_errors(data: bytes) -> None:
    """Whatever is no event log is ATT-208."""
    with pytest.raises(AttestationError, match="ATT-208"):
        read_log(data)


def test_log_of_the_sha1_bank_alone_is_refused() -> None:
    """A log in the old form explains no SHA-256 register: ATT-208."""
    record = struct.pack("<II", 4, 0xD) + bytes(20) + struct.pack("<I", 0)
    with pytest.raises(AttestationError, match="ATT-208"):
        read_log(record)


@pytest.mark.parametrize(
    ("attributes", "accepted"),
    [(AK_ATTRIBUTES, True), (0x50472, True), (0x40072, False), (0x72, False), (0x30472, False)],
)
def test_attestation_keys_are_known_by_their_attributes(attributes: int, accepted: bool) -> None:
    """Restricted, fixed, made in the TPM, and not for decrypting (J05)."""
    template = bare().public
    public = Public(template.name_alg, attributes, b"", template.parameters)
    if accepted:
        key.require_attestation_key(public)
        return
    with pytest.raises(AttestationError, match="ATT-202"):
        key.require_attestation_key(public)


def test_short_rsa_keys_are_refused() -> None:
    """A key of 1024 bits is no key: ATT-203."""
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()  # noqa: S505
    numbers = small.public_numbers().n.to_bytes(128, "big")
    scheme = Scheme(Alg.RSASSA, Alg.SHA256)
    parameters = RsaParameters(Symmetric(), scheme, 1024, 0, numbers)
    public = Public(Alg.SHA256, AK_ATTRIBUTES, b"", parameters)
    with pytest.raises(AttestationError, match="ATT-203"):
        bare().check(ak_public=public.marshal())


def test_signature_by_another_scheme_than_the_key_says_is_refused() -> None:
    """RSAPSS for a key that says RSASSA: ATT-203."""
    found = bare()
    signature = Signature.parse(found.signature)
    other = Signature(Alg.RSAPSS, signature.hash_alg, signature.numbers).marshal()
    with pytest.raises(AttestationError, match="ATT-203"):
        found.check(signature=other)
