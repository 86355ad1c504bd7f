"""Homes, state directories and owners of the tests' own; nothing of this computer is touched."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from asterism.attestation.anchors import Anchor, Format
from asterism.cluster import state
from asterism.cluster.home import OwnerHome
from asterism.config import paths

Run = Callable[..., Result]


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


@pytest.fixture
def make_root() -> Callable[[str], x509.Certificate]:
    """Makes a self-signed authority with a common name."""
    return root_certificate


def root_certificate(name: str) -> x509.Certificate:
    """A self-signed authority called `name`."""
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


def root_anchor(kind: Format, name: str) -> Anchor:
    """An anchor over a fresh root."""
    return Anchor.of(kind, root_certificate(name).public_bytes(Encoding.DER))
