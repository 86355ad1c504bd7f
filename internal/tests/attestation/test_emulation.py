"""Half a machine that is emulated is emulated; and what else an endorsement certificate may be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from asterism.attestation.anchors import Anchors
from asterism.attestation.pcr15 import Unbound
from asterism.attestation.policy import Policy
from asterism.attestation.tpm.endorsement import verify_endorsement
from asterism.attestation.validity import narrowest
from asterism.attestation.verify import verify_evidence
from asterism.errors import AttestationError
from asterism.proto.evidence.v1.evidence_pb2 import Evidence

AT = datetime(2026, 11, 23, tzinfo=UTC)


def machine(world: Any, unmarked_maker: Any, emulated: set[str]) -> tuple[Evidence, Policy]:
    """Evidence of which only the named halves are emulated, and a policy that pins both makers."""
    snp = world.maker if "snp" in emulated else unmarked_maker
    tpm = world.maker if "tpm" in emulated else unmarked_maker
    leaf = snp.leaf()
    evidence = world.changed(
        leaf=leaf, certificates=(leaf.der, snp.ask.der), endorsement=tpm.endorsement()
    )
    pinned = Anchors(
        tuple(replace(anchor, emulated=False) for anchor in snp.anchors().snp),
        tuple(replace(anchor, emulated=False) for anchor in tpm.anchors().tpm),
    )
    return evidence, replace(world.policy, anchors=pinned)


@pytest.mark.parametrize("emulated", [set(), {"snp"}, {"tpm"}, {"snp", "tpm"}])
def test_either_half_makes_a_machine_emulated(
    world: Any, unmarked_maker: Any, emulated: set[str]
) -> None:
    """It is labelled so, and refused by a policy that refuses emulation: ATT-012."""
    evidence, policy = machine(world, unmarked_maker, emulated)
    expected: dict[str, Any] = {"binding": world.binding, "pcr15": Unbound(), "at": AT}
    claims = verify_evidence(evidence, policy=policy, **expected)
    assert claims.labels == ({"EMULATED"} if emulated else set())
    strict = replace(policy, accept_emulated=False)
    if emulated:
        with pytest.raises(AttestationError) as caught:
            verify_evidence(evidence, policy=strict, **expected)
        assert caught.value.error_id == "ATT-012"
    else:
        assert verify_evidence(evidence, policy=strict, **expected).labels == set()


def test_a_pinned_root_that_is_emulated_counts_without_a_word(unmarked_maker: Any) -> None:
    """Names are for people, the anchor decides."""
    (anchor,) = unmarked_maker.anchors().tpm
    der = unmarked_maker.endorsement()
    assert not verify_endorsement(der, (anchor,), AT).emulated
    assert verify_endorsement(der, (replace(anchor, emulated=True),), AT).emulated


LEAF = x509.BasicConstraints(ca=False, path_length=None)
USAGE = x509.ExtendedKeyUsage([ObjectIdentifier("2.23.133.8.1")])


def endorsement(
    maker: Any, *extensions: x509.ExtensionType, hash_alg: SHA256 | SHA384 | SHA512
) -> bytes:
    """An endorsement certificate with these extensions only."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = maker.tpm_root.certificate.subject
    builder = maker._builder(maker.name("TPM 1"), subject, key.public_key())
    for extension in extensions:
        builder = builder.add_extension(extension, True)
    made: x509.Certificate = builder.sign(maker.tpm_root.key, hash_alg)
    return made.public_bytes(Encoding.DER)


@pytest.mark.parametrize("hash_alg", [SHA256(), SHA384(), SHA512()])
def test_makers_sign_with_sha_2(maker: Any, hash_alg: SHA256 | SHA384 | SHA512) -> None:
    """Of each length."""
    der = endorsement(maker, LEAF, USAGE, hash_alg=hash_alg)
    assert verify_endorsement(der, maker.anchors().tpm, AT).anchor == maker.anchors().tpm[0]


@pytest.mark.parametrize("extensions", [(), (LEAF,), (USAGE,)])
def test_an_endorsement_certificate_has_both_extensions(maker: Any, extensions: Any) -> None:
    """What is missing is refused, not taken for allowed: ATT-213."""
    der = endorsement(maker, *extensions, hash_alg=SHA256())
    with pytest.raises(AttestationError) as caught:
        verify_endorsement(der, maker.anchors().tpm, AT)
    (found,) = caught.value.mismatches
    assert (found.error_id, found.claim) == ("ATT-213", "TPM certificate extensions")


def test_a_chain_is_valid_when_all_of_it_is() -> None:
    """From the latest beginning to the earliest end."""
    key = ec.generate_private_key(ec.SECP256R1())

    def certificate(start: int, end: int) -> x509.Certificate:
        first, last = AT + timedelta(days=start), AT + timedelta(days=end)
        name = x509.Name([])
        builder = x509.CertificateBuilder(name, name, key.public_key(), 1, first, last)
        return builder.sign(key, SHA256())

    found = narrowest(certificate(0, 9), certificate(2, 5), certificate(1, 7))
    assert found.not_before == AT + timedelta(days=2)
    assert found.not_after == AT + timedelta(days=5)
