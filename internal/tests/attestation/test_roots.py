"""What may be pinned as a root, and which certificates say that they are emulated."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from asterism.attestation.anchors import AMD_ROOTS, Anchor, Format, pem_of, says_emulated
from asterism.errors import AttestationError

AT = datetime(2026, 11, 23, tzinfo=UTC)
KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
AUTHORITY = x509.BasicConstraints(ca=True, path_length=None)
LEAF = x509.BasicConstraints(ca=False, path_length=None)


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """A distinguished name."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


ROOT = name((NameOID.COMMON_NAME, "root"))


def certificate(
    *,
    subject: x509.Name = ROOT,
    issuer: x509.Name = ROOT,
    signer: ec.EllipticCurvePrivateKey = KEY,
    constraints: x509.BasicConstraints | None = AUTHORITY,
) -> x509.Certificate:
    """A certificate of the first key."""
    builder = x509.CertificateBuilder(
        issuer, subject, KEY.public_key(), 1, AT, AT + timedelta(days=1)
    )
    if constraints:
        builder = builder.add_extension(constraints, True)
    return builder.sign(signer, SHA256())


def anchor(made: x509.Certificate) -> Anchor:
    """The certificate as a root of a TPM maker."""
    return Anchor.of(Format.TPM, made.public_bytes(Encoding.DER))


def test_a_self_signed_authority_is_a_root() -> None:
    """And its PEM leads back to it."""
    root = anchor(certificate())
    assert (root.name, root.common_name, root.emulated) == ("CN=root", "root", False)
    made = x509.load_pem_x509_certificate(pem_of(root).encode())
    assert made.public_bytes(Encoding.DER) == root.der


@pytest.mark.parametrize(
    "made",
    [
        certificate(constraints=LEAF),
        certificate(constraints=None),
        certificate(signer=OTHER_KEY),
        certificate(issuer=name((NameOID.COMMON_NAME, "another"))),
    ],
    ids=["a leaf", "says nothing of authorities", "signed by another", "issued by another"],
)
def test_nothing_else_is_a_root(made: x509.Certificate) -> None:
    """Each point alone: ATT-014."""
    with pytest.raises(AttestationError) as caught:
        anchor(made)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.claim, found.source) == ("ATT-014", "tpm anchors", "policy")


def test_a_root_without_a_common_name_is_called_by_its_whole_name() -> None:
    """Some TPM makers' roots have none."""
    nameless = name((NameOID.ORGANIZATION_NAME, "maker"))
    root = anchor(certificate(subject=nameless, issuer=nameless))
    assert root.common_name == root.name == "O=maker"


@pytest.mark.parametrize("word", ["EMULATED", "an Emulated maker"])
@pytest.mark.parametrize("place", [NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME])
def test_the_label_may_stand_in_any_name(word: str, place: x509.ObjectIdentifier) -> None:
    """Subject or issuer, whichever part of it, in whatever case."""
    marked = name((NameOID.COUNTRY_NAME, "XX"), (place, word))
    assert says_emulated(certificate(subject=marked))
    assert says_emulated(certificate(issuer=marked))
    assert not says_emulated(certificate())


def test_roots_of_amd_are_three() -> None:
    """One for each product line."""
    assert len(AMD_ROOTS) == 3
    assert all(len(bytes.fromhex(fingerprint)) == 32 for fingerprint in AMD_ROOTS)
