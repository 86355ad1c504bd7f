"""The makers' store: one file for each key with its certificate, made once, whoever comes first."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from asterism.config import paths
from asterism.errors import UserError

PRIVATE_MODE = 0o700
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key and the certificate that its maker, or itself, gave it."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        return self.certificate.public_bytes(Encoding.DER)

    def encode(self) -> bytes:
        """Give both as PEM: the form of a file in the store."""
        pem = PrivateFormat.PKCS8
        key = self.key.private_bytes(Encoding.PEM, pem, NoEncryption())
        return key + self.certificate.public_bytes(Encoding.PEM)

    @classmethod
    def decode(cls, data: bytes) -> "Identity":
        """Read what `encode` gives. Raises ValueError for anything else."""
        # Our own file: the half second for checking RSA-4096 numbers is for other people's keys.
        key = load_pem_private_key(data, password=None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            msg = "neither an elliptic curve key nor an RSA key"
            raise TypeError(msg)
        return cls(key, x509.load_pem_x509_certificate(data))


class MakerStore:
    """A directory of mode 0700 with the makers' keys; made on first use.

    Raises UserError MCH-120 when the directory is another's, or others may enter it.
    """

    def __init__(self, path: Path = paths.MAKERS) -> None:
        path.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
        found = path.stat()
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != PRIVATE_MODE:
            detail = f"{path} must belong to the user who runs this and have mode 0700"
            raise UserError("MCH-120", detail)
        self.path = path

    def get(self, name: str, make: Callable[[], Identity]) -> Identity:
        """Give the identity `name`, made by `make` if nobody made it before."""
        file = self.path / f"{name}.pem"
        if file.exists():
            return self._read(file)
        with self._lock(name):
            if not file.exists():
                _write(file, make().encode())
        return self._read(file)

    def _read(self, file: Path) -> Identity:
        try:
            return Identity.decode(file.read_bytes())
        except (ValueError, TypeError) as exc:
            raise UserError("MCH-120", f"{file} is damaged: {exc}") from exc

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """Hold the lock of one identity, so that making a root waits for no other."""
        with (self.path / f".{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _write(file: Path, data: bytes) -> None:
    """Write a whole file or none; it survives a crash of the host."""
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as temporary:
        temporary.write(data)
        temporary.flush()
        os.fsync(temporary.fileno())
    Path(temporary.name).replace(file)
