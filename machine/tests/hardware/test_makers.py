"""The emulated makers: marked names, right chains, one set of keys whoever comes first."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

from asterism.errors import UserError
from asterism.machine.makers import MakerStore, export_anchors
from asterism.machine.makers.amd import ChipMaker
from asterism.machine.makers.store import Identity
from asterism.machine.makers.tpm import TpmMaker
from asterism.machine.processors.tcb import TcbVersion
from asterism.proc import run

CHIP = bytes(range(64))
TCB = TcbVersion(boot_loader=10, tee=0, snp=23, microcode=219)


def test_every_authority_is_marked(makers: MakerStore) -> None:
    """Nobody who reads a certificate takes it for the real maker's."""
    chips, tpms = ChipMaker(makers), TpmMaker(makers)
    vcek = chips.vcek(CHIP, TCB)
    for identity in (chips.ark, chips.ask, tpms.root, vcek):
        assert "EMULATED" in identity.certificate.subject.rfc4514_string()


def test_chain_leads_to_the_root(makers: MakerStore) -> None:
    """VCEK by ASK by ARK by itself."""
    chips = ChipMaker(makers)
    ark, ask = chips.ark.certificate, chips.ask.certificate
    chips.vcek(CHIP, TCB).certificate.verify_directly_issued_by(ask)
    ask.verify_directly_issued_by(ark)
    ark.verify_directly_issued_by(ark)


def test_vcek_carries_chip_and_tcb(makers: MakerStore) -> None:
    """In AMD's extensions; levels from 128 on take two bytes."""
    certificate = ChipMaker(makers).vcek(CHIP, TCB).certificate
    values = {e.oid.dotted_string: e.value for e in certificate.extensions}
    raw = {
        suffix: values[f"1.3.6.1.4.1.3704.1.{suffix}"].public_bytes()
        for suffix in ("2", "3.1", "3.3", "3.8", "4")
    }
    assert raw == {
        "2": b"\x16\x05Genoa",
        "3.1": b"\x02\x01\x0a",
        "3.3": b"\x02\x01\x17",
        "3.8": b"\x02\x02\x00\xdb",
        "4": CHIP,
    }


def test_each_chip_and_tcb_has_its_own_key(makers: MakerStore) -> None:
    """And the same one each time."""
    chips = ChipMaker(makers)
    first = chips.vcek(CHIP, TCB)
    assert public_key(chips.vcek(CHIP, TCB)) == public_key(first)
    others = [chips.vcek(CHIP[::-1], TCB), chips.vcek(CHIP, TcbVersion(1, 0, 1, 1))]
    assert len({public_key(identity) for identity in (first, *others)}) == 3


def test_chips_leave_nothing_in_the_store(makers: MakerStore) -> None:
    """However many machines there were, the store holds the makers' own keys."""
    chips = ChipMaker(makers)
    chips.vcek(CHIP, TCB)
    before = sorted(makers.path.rglob("*"))
    for number in range(5):
        chips.vcek(bytes([number]) * 64, TCB)
    assert sorted(makers.path.rglob("*")) == before


def test_another_maker_derives_another_key(makers: MakerStore, tmp_path: Path) -> None:
    """The same chip ID at two makers is two chips."""
    other = ChipMaker(MakerStore(tmp_path / "store"))
    assert public_key(other.vcek(CHIP, TCB)) != public_key(ChipMaker(makers).vcek(CHIP, TCB))


def public_key(identity: Identity) -> bytes:
    """The certified key, DER."""
    key = identity.certificate.public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_ek_certificate_is_a_tpm_makers(makers: MakerStore) -> None:
    """With the extended key usage of endorsement keys."""
    maker = TpmMaker(makers)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    certificate = x509.load_der_x509_certificate(maker.certify(key))
    certificate.verify_directly_issued_by(maker.root.certificate)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ObjectIdentifier("2.23.133.8.1")]
    assert certificate.not_valid_before_utc < datetime.now(UTC) < certificate.not_valid_after_utc


def test_anchors_are_the_roots(makers: MakerStore) -> None:
    """What an owner imports is the self-signed certificates, as PEM."""
    anchors = export_anchors(makers)
    assert sorted(anchors) == ["snp", "tpm"]
    for pem in anchors.values():
        root = x509.load_pem_x509_certificate(pem)
        assert root.issuer == root.subject
    ark = x509.load_pem_x509_certificate(anchors["snp"])
    name = ark.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert name == "ARK-Genoa"


def test_store_is_private(tmp_path: Path) -> None:
    """It is made with mode 0700 and refused when others can enter it."""
    store = MakerStore(tmp_path / "store")
    assert store.path.stat().st_mode & 0o777 == 0o700
    store.path.chmod(0o750)
    with pytest.raises(UserError, match="MCH-120"):
        MakerStore(store.path)


def test_damaged_store_is_refused(tmp_path: Path) -> None:
    """A broken key is told, never replaced."""
    store = MakerStore(tmp_path / "store")
    (store.path / "tpm-root.pem").write_text("nothing")
    with pytest.raises(UserError, match="damaged"):
        _ = TpmMaker(store).root


ASK_FOR_ROOT = """
import sys
from pathlib import Path
from asterism.machine.makers.store import MakerStore
from asterism.machine.makers.tpm import TpmMaker
print(TpmMaker(MakerStore(Path(sys.argv[1]))).root.der.hex())
"""


def test_processes_agree_on_one_root(tmp_path: Path) -> None:
    """Machines that start at the same time make the makers once."""
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(run, [sys.executable, "-c", ASK_FOR_ROOT, tmp_path / "store"])
            for _ in range(8)
        ]
    assert len({one.result().text for one in asked}) == 1
