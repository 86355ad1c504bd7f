"""Our commands against swtpm, and what tpm2-tools says of our quotes."""

import hashlib
import threading
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from asterism.errors import Error
from asterism.proc import run
from asterism.tpm import ak, commands, ek
from asterism.tpm.ak import AttestationKey
from asterism.tpm.constants import Alg, Handle
from asterism.tpm.device import TpmDevice, TpmUnreachableError
from asterism.tpm.responses import TpmResponseError
from asterism.tpm.structures import Public, Quoted, Signature

pytestmark = pytest.mark.tools
NONCE = hashlib.sha256(b"nonce").digest()


class Powered(Protocol):
    """A TPM whose power can be cut; see conftest."""

    device: TpmDevice

    def reset(self) -> None:
        """Cut the power and start again."""


def test_startup_twice_is_no_error(tpm: TpmDevice) -> None:
    """Whoever comes second finds a started TPM."""
    commands.startup(tpm)


def test_command_before_startup_is_refused(powered: Powered) -> None:
    """The TPM's own error is told by name."""
    with pytest.raises(TpmResponseError, match="TPM_RC_INITIALIZE"):
        commands.get_random(powered.device, 8)


def test_extend_is_hash_of_old_and_new(tpm: TpmDevice) -> None:
    """A register after one extend is what the arithmetic says."""
    digest = hashlib.sha256(b"event").digest()
    commands.pcr_extend(tpm, 8, digest)
    expected = hashlib.sha256(bytes(32) + digest).digest()
    assert commands.pcr_read(tpm, (8, 9)) == {8: expected, 9: bytes(32)}


def test_all_registers_are_read(tpm: TpmDevice) -> None:
    """A read goes on until every register is there, though the TPM gives eight at a time."""
    values = commands.pcr_read(tpm, tuple(range(24)))
    assert sorted(values) == list(range(24))


def test_random_bytes_differ(tpm: TpmDevice) -> None:
    """The generator gives as many bytes as asked for, and others each time."""
    first, second = commands.get_random(tpm, 16), commands.get_random(tpm, 16)
    assert len(first) == len(second) == 16
    assert first != second


def test_attestation_key_survives_a_crash(powered: Powered) -> None:
    """After a loss of power without shutdown the TPM makes the very same key."""
    commands.startup(powered.device)
    with AttestationKey.create(powered.device) as key:
        before = key.public
    powered.reset()
    with AttestationKey.create(powered.device) as key:
        assert key.public == before


def test_key_memory_full_of_forgotten_keys_is_freed(tpm: TpmDevice) -> None:
    """Keys of an agent that crashed do not keep the next one from working."""
    names = {AttestationKey.create(tpm).name for _ in range(8)}
    assert len(names) == 1


def test_quote_is_signed_by_the_key(tpm: TpmDevice) -> None:
    """The signature verifies over the very bytes, and over no others."""
    with AttestationKey.create(tpm) as key:
        quoted, signature = key.quote(NONCE, [4, 9, 11])
        public = Public.parse(key.public).parameters.key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    der = Signature.parse(signature).ecdsa_der()
    public.verify(der, quoted, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(der, quoted[:-1] + b"\0", ec.ECDSA(hashes.SHA256()))


def test_quote_covers_registers_and_nonce(tpm: TpmDevice) -> None:
    """The quote names the registers asked for, their digest and the qualifying data."""
    with AttestationKey.create(tpm) as key:
        quoted = Quoted.parse(key.quote(NONCE, [11, 4])[0])
    assert quoted.extra_data == NONCE
    assert [bank.pcrs for bank in quoted.selections] == [(4, 11)]
    assert quoted.pcr_digest == hashlib.sha256(bytes(64)).digest()


def test_key_is_an_attestation_key(tpm: TpmDevice) -> None:
    """The TPM gives the key every attribute that its template asks for."""
    with AttestationKey.create(tpm) as key:
        public = Public.parse(key.public)
        assert key.name == public.name()
    assert public.has(*ak.REQUIRED)
    assert not any(public.has(attribute) for attribute in ak.FORBIDDEN)


def test_loaded_key_is_read_back(tpm: TpmDevice) -> None:
    """TPM2_ReadPublic gives the key that TPM2_CreatePrimary made."""
    key = commands.create_primary(tpm, Handle.ENDORSEMENT, ek.TEMPLATE)
    assert commands.read_public(tpm, key.handle) == key
    assert commands.transient_handles(tpm) == (key.handle,)


def test_missing_certificate_is_told(tpm: TpmDevice) -> None:
    """A TPM that nobody certified says so."""
    with pytest.raises(Error, match="MCH-104"):
        ek.read_certificate(tpm)


def test_no_platform_commands_after_closing(tpm: TpmDevice) -> None:
    """Once firmware has closed the platform hierarchy nobody can define platform indices."""
    commands.close_platform_hierarchy(tpm)
    with pytest.raises(TpmResponseError, match="TPM_RC_HIERARCHY"):
        commands.nv_define(tpm, 0x01C10000, 0x42072001, 8)


def test_bank_that_is_not_there_is_told(powered: Powered) -> None:
    """With the SHA-256 bank alone, SHA-1 registers cannot be read."""
    tpm: TpmDevice = powered.device
    commands.startup(tpm)
    commands.pcr_allocate(tpm, Alg.SHA256)
    powered.reset()
    with pytest.raises(Error, match="no register"):
        commands.pcr_read(tpm, (0,), alg=Alg.SHA1)


def test_threads_share_one_device(tpm: TpmDevice) -> None:
    """Commands of several threads do not get into each other's way."""
    digest, count = bytes(32), 20

    def extend_often() -> None:
        for _ in range(count):
            commands.pcr_extend(tpm, 8, digest)

    threads = [threading.Thread(target=extend_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    value = bytes(32)
    for _ in range(4 * count):
        value = hashlib.sha256(value + digest).digest()
    assert commands.pcr_read(tpm, (8,))[8] == value


def test_tpm2_checkquote_accepts_our_quote(tpm: TpmDevice, tmp_path: Path) -> None:
    """tpm2-tools, which shares no code with us, verifies key, signature, nonce and registers."""
    argv = _checkquote(tpm, tmp_path)
    run([*argv, "-q", NONCE.hex()])


def test_tpm2_checkquote_refuses_another_nonce(tpm: TpmDevice, tmp_path: Path) -> None:
    """The independent verifier does look at the nonce."""
    argv = _checkquote(tpm, tmp_path)
    assert run([*argv, "-q", bytes(32).hex()], check=False).returncode != 0


def _checkquote(tpm: TpmDevice, folder: Path) -> list[str]:
    pcrs = (4, 9, 11)
    commands.pcr_extend(tpm, 9, NONCE)
    with AttestationKey.create(tpm) as key:
        quoted, signature = key.quote(NONCE, pcrs)
        public = Public.parse(key.public).parameters.key()
    values = commands.pcr_read(tpm, pcrs)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    files = {"u": pem, "m": quoted, "s": signature, "f": b"".join(values[pcr] for pcr in pcrs)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    # Registers as bare values, in the order of the selection.
    options = [word for name in files for word in (f"-{name}", str(folder / name))]
    return ["tpm2_checkquote", *options, "-l", "sha256:4,9,11", "-F", "values", "-g", "sha256"]


def test_unreachable_tpm_is_told(tmp_path: Path) -> None:
    """Without a socket the error names the path."""
    with pytest.raises(TpmUnreachableError, match="cannot be reached"):
        commands.startup(TpmDevice(tmp_path / "none.sock"))
