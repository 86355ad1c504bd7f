"""The virtual TPM: made once, certified, and gone with its machine."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from asterism.errors import Error, InternalError
from asterism.machine.makers import MakerStore
from asterism.machine.makers.tpm import TpmMaker
from asterism.machine.vtpm import Vtpm
from asterism.tpm import commands, ek
from asterism.tpm.ak import AttestationKey
from asterism.tpm.constants import Alg

pytestmark = pytest.mark.tools


def test_ek_is_certified_by_the_maker(vtpm: Vtpm, makers: MakerStore) -> None:
    """The certificate in the TPM is for its own EK, by the emulated maker."""
    certificate = x509.load_der_x509_certificate(ek.read_certificate(vtpm.device))
    certificate.verify_directly_issued_by(TpmMaker(makers).root.certificate)
    key = ek.public_key(vtpm.device).parameters.key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert certificate.public_key().public_bytes(*form) == key.public_bytes(*form)


def test_only_the_sha256_bank_exists(vtpm: Vtpm) -> None:
    """There is no other bank that nobody extends and somebody could quote."""
    assert commands.pcr_read(vtpm.device, (0,)) == {0: bytes(32)}
    for alg in (Alg.SHA1, Alg.SHA384, Alg.SHA512):
        with pytest.raises(Error):
            commands.pcr_read(vtpm.device, (0,), alg=alg)


def test_restart_keeps_keys_and_clears_registers(
    vtpm: Vtpm, tmp_path: Path, makers: MakerStore
) -> None:
    """A reboot of the machine is a reset of its TPM."""
    with AttestationKey.create(vtpm.device) as key:
        name = key.name
    certificate = ek.read_certificate(vtpm.device)
    commands.pcr_extend(vtpm.device, 15, bytes(32))
    vtpm.stop()
    with Vtpm.start(tmp_path / "tpm", tmp_path / "host", makers) as again:
        with AttestationKey.create(again.device) as key:
            assert key.name == name
        assert ek.read_certificate(again.device) == certificate
        assert commands.pcr_read(again.device, (15,))[15] == bytes(32)


def test_each_tpm_has_its_own_keys(vtpm: Vtpm, tmp_path: Path, makers: MakerStore) -> None:
    """Two machines never share an attestation key."""
    (tmp_path / "other").mkdir()
    with (
        Vtpm.start(tmp_path / "tpm2", tmp_path / "other", makers) as other,
        AttestationKey.create(vtpm.device) as one,
        AttestationKey.create(other.device) as two,
    ):
        assert one.name != two.name


def test_only_the_command_socket_is_shared(vtpm: Vtpm) -> None:
    """What the node sees of its TPM is one socket, for its root only."""
    shared = list(vtpm.socket.parent.iterdir())
    assert shared == [vtpm.socket]
    assert vtpm.socket.stat().st_mode & 0o777 == 0o600


def test_manufacture_is_quick(vtpm: Vtpm, tmp_path: Path, makers: MakerStore) -> None:
    """Creating a machine does not wait for its TPM."""
    _ = TpmMaker(makers).root
    started = time.monotonic()
    Vtpm.start(tmp_path / "fresh", tmp_path / "host", makers).stop()
    assert time.monotonic() - started < 1.0


def test_interrupted_manufacture_is_begun_again(tmp_path: Path, makers: MakerStore) -> None:
    """A half-made TPM is never switched on."""
    half = tmp_path / "tpm/unfinished"
    half.mkdir(parents=True)
    (half / "tpm2-00.permall").write_bytes(b"half")
    (tmp_path / "host").mkdir()
    with Vtpm.start(tmp_path / "tpm", tmp_path / "host", makers) as running:
        assert ek.read_certificate(running.device)


def test_swtpm_ends_with_its_parent(tmp_path: Path, makers: MakerStore) -> None:
    """Even when the machine process is killed and cannot stop anything."""
    (tmp_path / "host").mkdir()
    script = (
        "import sys, time; from pathlib import Path;"
        "from asterism.machine.makers import MakerStore; from asterism.machine.vtpm import Vtpm;"
        "a, b, c = map(Path, sys.argv[1:]); v = Vtpm.start(a, b, MakerStore(c));"
        "print(v.pid, flush=True); time.sleep(60)"
    )
    paths = [str(path) for path in (tmp_path / "tpm", tmp_path / "host", makers.path)]
    argv = [sys.executable, "-c", script, *paths]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        swtpm = Path("/proc") / parent.stdout.readline().strip() / "cmdline"
        assert b"swtpm" in swtpm.read_bytes()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while _runs(swtpm) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(swtpm)


def _runs(cmdline: Path) -> bool:
    """Whether the process is there; of a corpse the command line is empty."""
    try:
        return cmdline.read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_other_threads_cannot_own_a_tpm(tmp_path: Path, makers: MakerStore) -> None:
    """It would end with them."""
    with ThreadPoolExecutor(1) as pool, pytest.raises(InternalError, match="main thread"):
        pool.submit(Vtpm.start, tmp_path / "tpm", tmp_path, makers).result()


def test_swtpm_that_cannot_start_is_told(vtpm: Vtpm, tmp_path: Path, makers: MakerStore) -> None:
    """Here because another swtpm holds the state."""
    (tmp_path / "second").mkdir()
    with pytest.raises(Error, match="MCH-130"):
        Vtpm.start(tmp_path / "tpm", tmp_path / "second", makers)
