"""The owner's key: made once, private, and shown only by signatures."""

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.errors import AttestationError, ExitCode, UserError
from asterism.keys.owner import FILE_NAME, OwnerKey, verify_proof
from asterism.keys.secret import Secret

BINDER = bytes(range(64))


def test_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    """The same key after every load; directory and file are the user's alone."""
    directory = tmp_path / "keys"
    made = OwnerKey.create(directory)
    assert OwnerKey.load(directory).public == made.public
    assert OwnerKey.load_or_create(directory).public_hex == made.public_hex
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_key_is_never_overwritten(tmp_path: Path) -> None:
    """A second one would lose the clusters of the first: DOC-008."""
    made = OwnerKey.load_or_create(tmp_path / "keys")
    with pytest.raises(UserError, match="DOC-008") as caught:
        OwnerKey.create(tmp_path / "keys")
    assert caught.value.exit_code is ExitCode.CONFLICT
    assert OwnerKey.load(tmp_path / "keys").public == made.public


def test_missing_key_is_said(tmp_path: Path) -> None:
    """No key is made where one is expected: DOC-009."""
    with pytest.raises(UserError, match="DOC-009"):
        OwnerKey.load(tmp_path)


@pytest.mark.parametrize(("target", "mode"), [("", 0o755), ("", 0o770), (FILE_NAME, 0o644)])
def test_key_that_others_can_read_is_refused(tmp_path: Path, target: str, mode: int) -> None:
    """A key that was readable may be known: DOC-010."""
    directory = tmp_path / "keys"
    OwnerKey.create(directory)
    (directory / target).chmod(mode)
    with pytest.raises(UserError, match="DOC-010"):
        OwnerKey.load(directory)


def test_link_in_place_of_the_key_is_refused(tmp_path: Path) -> None:
    """Where a link leads can change: DOC-010."""
    OwnerKey.create(tmp_path / "keys")
    os.symlink(tmp_path / "keys", tmp_path / "link")
    with pytest.raises(UserError, match="DOC-010"):
        OwnerKey.load(tmp_path / "link")


@pytest.mark.parametrize("content", [b"", b"xy", b"00" * 31, b"00" * 33, b"\xff" * 64])
def test_damaged_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """What is not 32 bytes in hex is no key: DOC-011."""
    OwnerKey.create(tmp_path / "keys")
    (tmp_path / "keys" / FILE_NAME).write_bytes(content)
    with pytest.raises(UserError, match="DOC-011"):
        OwnerKey.load(tmp_path / "keys")


def test_proof_holds_for_its_session_and_key() -> None:
    """The owner's signature over the binder is his evidence."""
    key = OwnerKey.generate()
    verify_proof(key.public, key.prove(BINDER), BINDER)


@pytest.mark.parametrize("binder", [bytes(range(1, 65)), bytes(64), b"", bytes(range(63))])
def test_proof_of_another_session_is_refused(binder: bytes) -> None:
    """Other binders, and binders that are none: DOC-012."""
    key = OwnerKey.generate()
    with pytest.raises(AttestationError, match="DOC-012"):
        verify_proof(key.public, key.prove(BINDER), binder)


def test_proof_needs_the_label() -> None:
    """A signature over the bare binder, or by another key, proves nothing: DOC-012."""
    key = OwnerKey.generate()
    for public, signature in (
        (key.public, key.sign(BINDER)),
        (OwnerKey.generate().public, key.prove(BINDER)),
    ):
        with pytest.raises(AttestationError, match="DOC-012"):
            verify_proof(public, signature, BINDER)


@given(st.binary(max_size=40), st.binary(max_size=70))
def test_random_proofs_raise_only_our_errors(public: bytes, signature: bytes) -> None:
    """Whatever is no proof is DOC-012."""
    with pytest.raises(AttestationError, match="DOC-012"):
        verify_proof(public, signature, BINDER)


def test_secrets_do_not_show() -> None:
    """Neither repr, str nor pickle gives them away."""
    secret = Secret(b"canary")
    assert repr(secret) == str(secret) == "<redacted>"
    assert secret == Secret(b"canary")
    assert secret != Secret(b"other")
    assert secret != b"canary"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        hash(secret)
    key = OwnerKey.generate()
    assert repr(key) == f"OwnerKey({key.public_hex})"
