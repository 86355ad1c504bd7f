"""The owner's Ed25519 key: made once, kept in a private directory, shows itself by signatures.

The owner has no TEE. In an attested session he signs the very binder that evidence would carry.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from typing_extensions import override

from asterism.errors import AttestationError, UserError
from asterism.keys.secret import Secret

FILE_NAME = "owner.key"
PROOF_LABEL = b"asterism/owner-proof/v1\0"
BINDER_SIZE = 64
_SEED_SIZE = 32


class OwnerKey:
    """A private owner key. Its file holds the 32-byte seed of RFC 8032 as hex and a newline."""

    def __init__(self, seed: Secret) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed.reveal())
        self.public = self._key.public_key().public_bytes_raw()
        """The public key, 32 bytes."""

    @override
    def __repr__(self) -> str:
        return f"OwnerKey({self.public_hex})"

    @classmethod
    def generate(cls) -> "OwnerKey":
        """A new key, in memory only."""
        return cls(_new_seed())

    @classmethod
    def create(cls, directory: Path) -> "OwnerKey":
        """Make the key of `directory` (0700; file 0600). UserError DOC-008 if there is one."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_private(directory)
        seed = _new_seed()
        path = directory / FILE_NAME
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise UserError("DOC-008", f"{path} exists already") from None
        with os.fdopen(descriptor, "wb") as file:
            owner = directory.stat()  # under sudo the directory may be another user's
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(seed.reveal().hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return cls(seed)

    @classmethod
    def load(cls, directory: Path) -> "OwnerKey":
        """The key of `directory`; UserError DOC-009 (none), DOC-010 (not private), DOC-011."""
        path = directory / FILE_NAME
        if not path.is_file():
            raise UserError("DOC-009", f"there is no owner key in {directory}")
        _require_private(directory)
        _require_private(path)
        try:
            seed = bytes.fromhex(path.read_text("ascii"))
        except ValueError:
            seed = b""
        if len(seed) != _SEED_SIZE:
            raise UserError("DOC-011", f"{path} does not hold an owner key")
        return cls(Secret(seed))

    @classmethod
    def load_or_create(cls, directory: Path) -> "OwnerKey":
        """The key of `directory`, made at first use."""
        if (directory / FILE_NAME).exists():
            return cls.load(directory)
        return cls.create(directory)

    @property
    def public_hex(self) -> str:
        """The public key as 64 hex digits, as it stands in documents."""
        return self.public.hex()

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes. Callers put a label of their own into `message`."""
        return self._key.sign(message)

    def prove(self, binder: bytes) -> bytes:
        """The owner's proof for a session's 64-byte binder."""
        return self.sign(_proof_message(binder))


def verify_proof(public_key: bytes, signature: bytes, binder: bytes) -> None:
    """AttestationError DOC-012 unless `public_key` proved itself for `binder`.

    Says nothing about whose key it is: the caller compares it with the owners it knows.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _proof_message(binder))
    except (InvalidSignature, ValueError):
        raise AttestationError.of(
            "DOC-012",
            claim="owner proof",
            expected="a signature over this session's binder",
            got="one that does not verify",
            source="session",
        ) from None


def _new_seed() -> Secret:
    return Secret(Ed25519PrivateKey.generate().private_bytes_raw())


def _proof_message(binder: bytes) -> bytes:
    if len(binder) != BINDER_SIZE or len(set(binder)) == 1:
        raise AttestationError.of(
            "DOC-012",
            claim="binder",
            expected=f"{BINDER_SIZE} bytes that differ",
            got=f"{len(binder)} bytes",
            source="caller",
        )
    return PROOF_LABEL + binder


def _require_private(path: Path) -> None:
    """UserError DOC-010 unless `path` is no link and one user's alone: ours, or we are root."""
    status = path.lstat()  # the mode of a link is 0777
    foreign = os.geteuid() not in (0, status.st_uid)
    if status.st_mode & 0o077 or foreign:
        raise UserError("DOC-010", f"{path} can be read or replaced by other users")
