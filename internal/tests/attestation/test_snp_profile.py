"""Product lines and certificates that differ from the usual: Turin, foreign keys, missing parts."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from asterism.attestation.anchors import Anchor, Format, load_certificate
from asterism.attestation.snp.certificates import verify_chain
from asterism.attestation.snp.distrust import DISTRUSTED
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.errors import AttestationError

AT = datetime(2026, 11, 23, tzinfo=UTC)


def authority(
    maker: Any,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *extensions: x509.ExtensionType,
    common_name: str = "SEV-Genoa",
) -> bytes:
    """An intermediate with these extensions only, signed by the root."""
    name = maker.name(common_name)
    subject = maker.ark.certificate.subject
    builder = maker._builder(name, subject, key.public_key())
    for extension in extensions:
        builder = builder.add_extension(extension, True)
    scheme = padding.PSS(padding.MGF1(SHA384()), 48)
    made: x509.Certificate = builder.sign(maker.ark.key, SHA384(), rsa_padding=scheme)
    return made.public_bytes(Encoding.DER)


CA = x509.BasicConstraints(ca=True, path_length=None)
SIGNS = x509.KeyUsage(False, False, False, False, False, True, False, False, False)


def turin(maker: Any, **extensions: bytes | None) -> Any:
    """A leaf and an intermediate of Turin."""
    der = authority(maker, maker.ask.key, CA, SIGNS, common_name="SEV-Turin")
    issuer = SimpleNamespace(certificate=load_certificate(der), key=maker.ask.key)
    chip = bytes(range(1, 9))
    named = {"2": b"\x16\x05Turin", "3.9": b"\x02\x01\x05", "4": chip}
    leaf = maker.leaf(issuer=issuer, extensions=named | extensions)
    return verify_chain(leaf.der, der, maker.anchors().snp, AT)


def test_turin_has_a_component_more_and_a_shorter_chip_id(maker: Any) -> None:
    """`fmc` is read there, and the ID padded at its end."""
    endorsement = turin(maker)
    assert endorsement.product is Product.TURIN
    assert endorsement.tcb == Tcb(boot_loader=10, tee=0, snp=23, microcode=200, fmc=5)
    assert endorsement.hardware_id == bytes(range(1, 9)) + bytes(56)


def test_turin_cannot_leave_it_out(maker: Any) -> None:
    """A component that is missing is refused, as everywhere."""
    with pytest.raises(AttestationError) as caught:
        turin(maker, **{"3.9": None})
    assert caught.value.mismatches[0].claim.endswith("extension 1.3.6.1.4.1.3704.1.3.9")


def test_a_wrapped_chip_id_of_eight_bytes_is_read(maker: Any) -> None:
    """By its own length, not by its first bytes."""
    wrapped = b"\x04\x08" + bytes(range(1, 9))
    assert turin(maker, **{"4": wrapped}).hardware_id[:8] == bytes(range(1, 9))
    raw = b"\x04\x08" + bytes(range(1, 7))
    assert turin(maker, **{"4": raw}).hardware_id[:8] == raw


def test_milan_is_distrusted_and_the_others_are_not() -> None:
    """A change of this list is a decision, see docs/design/decisions.md."""
    assert set(DISTRUSTED) == {Product.MILAN}
    assert DISTRUSTED[Product.MILAN].since == date(2026, 5, 13)
    assert DISTRUSTED[Product.MILAN].reason


@pytest.mark.parametrize("extensions", [(), (CA,), (SIGNS,)])
def test_an_intermediate_without_its_extensions_is_refused(maker: Any, extensions: Any) -> None:
    """Neither of the two may be missing."""
    der = authority(maker, maker.ask.key, *extensions)
    with pytest.raises(AttestationError) as caught:
        verify_chain(maker.leaf().der, der, maker.anchors().snp, AT)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.claim) == ("ATT-104", "SNP certificate authority")


@pytest.mark.parametrize("kind", ["elliptic curve", "RSA of 3072 bits"])
def test_an_intermediate_has_a_key_of_amds_kind(maker: Any, kind: str) -> None:
    """RSA of 4096 bits."""
    key = (
        ec.generate_private_key(ec.SECP384R1())
        if kind == "elliptic curve"
        else rsa.generate_private_key(65537, 3072)
    )
    der = authority(maker, key, CA, SIGNS)
    with pytest.raises(AttestationError) as caught:
        verify_chain(maker.leaf().der, der, maker.anchors().snp, AT)
    assert caught.value.mismatches[0].claim == "SNP certificate authority"


def test_a_chip_has_an_elliptic_key(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another curve, or RSA: the key is named."""
    rsa_key = maker.ask.key
    for made in (ec.generate_private_key(ec.SECP256R1()), rsa_key):
        monkeypatch.setattr(ec, "generate_private_key", lambda _, made=made: made)
        leaf = maker.leaf()
        monkeypatch.undo()
        with pytest.raises(AttestationError) as caught:
            verify_chain(leaf.der, maker.ask.der, maker.anchors().snp, AT)
        assert caught.value.mismatches[0].claim == "SNP certificate key"


def test_a_label_in_the_leaf_alone_is_enough(maker: Any, unmarked_maker: Any) -> None:
    """A genuine chain would not end in a certificate that says EMULATED."""
    leaf = maker.leaf(issuer=unmarked_maker.ask)
    (anchor,) = unmarked_maker.anchors().snp
    genuine = Anchor(**{name: getattr(anchor, name) for name in FIELDS} | {"emulated": False})
    der = unmarked_maker.ask.der
    assert verify_chain(leaf.der, der, (genuine,), AT).emulated
    assert not verify_chain(unmarked_maker.leaf().der, der, (genuine,), AT).emulated


FIELDS = tuple(Anchor.__dataclass_fields__)


def test_a_name_that_is_too_long_or_short_is_refused_in_subject_and_issuer() -> None:
    """The library only warns of it; a country has two letters."""
    key = ec.generate_private_key(ec.SECP256R1())
    good = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "abcd")])
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    common_name, country = bytes.fromhex("0603550403"), bytes.fromhex("0603550406")
    for subject, issuer in ((good, other), (other, good)):
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), 1, AT, AT)
        der = builder.sign(key, SHA384()).public_bytes(Encoding.DER)
        before, _, after = der.partition(common_name + b"\x0c\x04abcd")
        with pytest.raises(ValueError, match="length"):
            load_certificate(before + country + b"\x0c\x04abcd" + after)


def test_an_anchor_of_snp_is_none_of_tpm(maker: Any) -> None:
    """The same certificate under another format is another anchor, and judged otherwise."""
    assert Anchor.of(Format.SNP, maker.ark.der) != Anchor.of(Format.TPM, maker.ark.der)
