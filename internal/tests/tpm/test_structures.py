"""TPM structures are read to the byte and refuse everything else."""

import base64
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.tpm import ak, ek
from asterism.tpm.constants import Alg, ObjectAttribute
from asterism.tpm.structures import (
    PcrSelection,
    Public,
    Quoted,
    Scheme,
    Signature,
    TpmFormatError,
)

VECTOR = Path(__file__).parents[1] / "vectors/tpm/trustee-tpm-evidence.json"


@pytest.fixture(scope="module")
def quoted() -> bytes:
    """TPMS_ATTEST of a real quote."""
    return base64.b64decode(json.loads(VECTOR.read_text())["tpm_quote"]["message"])


def test_real_quote_is_read(quoted: bytes) -> None:
    """Every field of a real quote has the value that other tools show."""
    parsed = Quoted.parse(quoted)
    assert parsed.selections == (PcrSelection(Alg.SHA256, tuple(range(24))),)
    assert (parsed.reset_count, parsed.restart_count, parsed.safe) == (2, 0, True)
    assert len(parsed.extra_data) == 64
    assert parsed.pcr_digest.hex().startswith("019de64c9318655e")


def test_real_quote_marshals_to_its_bytes(quoted: bytes) -> None:
    """Parsing loses nothing."""
    assert Quoted.parse(quoted).marshal() == quoted


def test_quote_of_any_other_length_is_refused(quoted: bytes) -> None:
    """A cut or longer structure is refused at every length."""
    for size in range(len(quoted)):
        with pytest.raises(TpmFormatError):
            Quoted.parse(quoted[:size])
    with pytest.raises(TpmFormatError):
        Quoted.parse(quoted + b"\0")


def test_only_what_a_tpm_generated_is_a_quote(quoted: bytes) -> None:
    """Another magic, or an attestation of another type, is refused."""
    for offset in range(6):
        altered = bytearray(quoted)
        altered[offset] ^= 1
        with pytest.raises(TpmFormatError):
            Quoted.parse(bytes(altered))


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_parsers(data: bytes) -> None:
    """Arbitrary bytes are read or refused, never anything else."""
    for parse in (Quoted.parse, Public.parse, Signature.parse):
        with suppress(TpmFormatError):
            assert parse(data).marshal() == data


@pytest.mark.parametrize("template", [ak.TEMPLATE, ek.TEMPLATE])
def test_templates_survive_the_wire(template: Public) -> None:
    """Both key templates are read back as they were."""
    assert Public.parse(template.marshal()) == template


def test_name_is_algorithm_and_digest() -> None:
    """A name is the name algorithm and the hash of the public area."""
    name = ak.TEMPLATE.name()
    assert name[:2] == b"\x00\x0b"
    assert len(name) == 34


def test_attestation_key_cannot_sign_foreign_data() -> None:
    """The template is restricted, born in the TPM, and no decryption key."""
    assert ak.TEMPLATE.has(*ak.REQUIRED)
    assert not ak.TEMPLATE.has(ObjectAttribute.DECRYPT)
    assert ak.TEMPLATE.parameters.scheme == Scheme(Alg.ECDSA, Alg.SHA256)


def test_point_off_the_curve_is_no_key() -> None:
    """A public area whose point is not on the curve gives no key."""
    with pytest.raises(TpmFormatError, match="not on its curve"):
        ek.TEMPLATE.parameters.key()


def test_unknown_signature_algorithm_is_refused() -> None:
    """A signature with the null scheme or an unknown hash is refused."""
    for head in (b"\x00\x10\x00\x0b", b"\x00\x18\x00\x12"):
        with pytest.raises(TpmFormatError):
            Signature.parse(head + b"\x00\x01r\x00\x01s")
