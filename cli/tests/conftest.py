"""Homes, state directories, plans and owners of the tests' own; this computer is not touched."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from asterism.attestation.anchors import Anchor, Format
from asterism.cluster import plan, reference_values, state, trust
from asterism.cluster.config import Cluster
from asterism.cluster.home import OwnerHome
from asterism.cluster.image import Image
from asterism.cluster.plan import Plan
from asterism.config import paths
from asterism.keys.genesis import Authorities, FirstNode, Genesis
from asterism.measurement.manifest import ImageManifest, ReferenceValues

PLATFORM = bytes(range(64))
AK_NAME = bytes(range(34))


def octets(seed: str, size: int = 32) -> bytes:
    """Bytes that depend on `seed`."""
    return hashlib.sha512(seed.encode()).digest()[:size]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnerHome:
    """An owner's empty home, which is also that of commands run in the test."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("SUDO_UID", "SUDO_USER", "KUBECONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    return OwnerHome.current()


@pytest.fixture
def clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state directory of clusters."""
    folder = tmp_path / "clusters"
    monkeypatch.setattr(paths, "CLUSTERS", folder)
    monkeypatch.setattr(state, "LOCKS", tmp_path / "locks")
    return folder


@pytest.fixture(scope="session")
def make_root() -> Callable[[str], x509.Certificate]:
    """Makes a self-signed authority with a common name."""
    return _root


@pytest.fixture(scope="session")
def make_anchor() -> Callable[[Format, str], Anchor]:
    """Makes an anchor over a fresh root."""
    return lambda kind, name: Anchor.of(kind, _root(name).public_bytes(Encoding.DER))


@pytest.fixture
def trusting(home: OwnerHome, make_anchor: Callable[[Format, str], Anchor]) -> OwnerHome:
    """A home with an owner key and one emulated anchor of each kind."""
    home.owner_key_made()
    made = [make_anchor(Format.SNP, "ARK EMULATED"), make_anchor(Format.TPM, "TPM EMULATED")]
    trust.record(home, made, replace=False)
    return home


@pytest.fixture
def unsigned_image(tmp_path: Path) -> Image:
    """An image that is only a manifest, for which nobody vouches."""
    folder = tmp_path / "image"
    folder.mkdir()
    values = ReferenceValues(
        {index: octets(f"pcr {index}") for index in (4, 9, 11)}, {2: octets("snp", 48)}
    )
    manifest = ImageManifest({"kubernetes": "v1"}, {"root.erofs": octets("root").hex()}, values)
    (folder / "manifest.json").write_bytes(manifest.to_json())
    return Image(folder)


@pytest.fixture
def image(unsigned_image: Image, trusting: OwnerHome) -> Image:
    """The same, signed by the owner."""
    reference_values.sign(unsigned_image.directory, [trusting.owner_key()])
    return unsigned_image


@pytest.fixture
def planned(image: Image, trusting: OwnerHome, clusters: Path) -> Plan:
    """A recorded plan of the default cluster."""
    del clusters
    drafted = plan.draft(Cluster(), image, trusting)
    plan.begin(drafted, trusting)
    return drafted


@pytest.fixture
def offered(planned: Plan) -> Genesis:
    """What an honest first control plane of that plan offers."""
    authorities = {
        name: _root(name).public_bytes(Encoding.PEM).decode()
        for name in ("identity", "cluster", "etcd", "front_proxy", "user")
    }
    return Genesis(
        cluster=planned.state.name,
        authorities=Authorities(**authorities),
        trust_key=octets("trust"),
        owners=(planned.owner.public,),
        threshold=1,
        policy_digest=planned.pin.policy.digest,
        policy_epoch=1,
        first_node=FirstNode(planned.first, PLATFORM, AK_NAME),
        random=octets("random"),
    )


def _root(name: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return builder.sign(key, hashes.SHA256())
