"""TPM structures, and a TPM that answers as it likes."""

from collections.abc import Callable
from pathlib import Path

from typing_extensions import override

from asterism.attestation.tpm.key import require_attestation_key, verify_signature
from asterism.e2e.fuzz.seeds import quotes
from asterism.e2e.fuzz.target import Shape, Target
from asterism.tpm import ak, commands, ek
from asterism.tpm.constants import Alg, Handle
from asterism.tpm.device import TpmDevice
from asterism.tpm.structures import PcrSelection, Public, Quoted, Signature, marshal_selections
from asterism.tpm.wire import tpm2b, u16, u32

_SELECTION = PcrSelection(Alg.SHA256, quotes.REGISTERS)
_WORDS = (*map(u16, Alg), u16(0x8018), b"\xffTCG", b"\0\0", b"\xff\xff")


def _public(data: bytes) -> None:
    public = Public.parse(data)
    assert public.marshal() == data
    public.name()
    require_attestation_key(public)


def _key(data: bytes) -> None:
    Public.parse(data).parameters.key()


def _quoted(data: bytes) -> None:
    assert Quoted.parse(data).marshal() == data


def _signature(data: bytes) -> None:
    signature = Signature.parse(data)
    assert signature.marshal() == data
    signature.ecdsa_der()


def _verified(data: bytes) -> None:
    """A public area after its length, then a signature by it."""
    size = int.from_bytes(data[:2], "big")
    public = Public.parse(data[2 : 2 + size])
    verify_signature(public, b"message", data[2 + size :])


class _ScriptedTpm(TpmDevice):
    """Answers with the given responses, then with the last one for ever."""

    def __init__(self, script: bytes) -> None:
        super().__init__(Path("/nowhere"))
        self._script = script
        self._at = 0
        self._last = b""

    @override
    def transmit(self, command: bytes) -> bytes:
        size = int.from_bytes(self._script[self._at : self._at + 2], "big")
        if size and self._at < len(self._script):
            self._last = self._script[self._at + 2 : self._at + 2 + size]
            self._at += 2 + size
        return self._last


_COMMANDS: tuple[Callable[[TpmDevice], object], ...] = (
    commands.startup,
    lambda tpm: commands.pcr_read(tpm, (4, 8, 9, 11, 15)),
    lambda tpm: commands.create_primary(tpm, Handle.ENDORSEMENT, ak.TEMPLATE),
    lambda tpm: commands.read_public(tpm, 0x80000000),
    lambda tpm: commands.quote(tpm, 0x80000000, bytes(32), _SELECTION),
    commands.transient_handles,
    lambda tpm: commands.get_random(tpm, 32),
    lambda tpm: commands.nv_size(tpm, ek.CERTIFICATE_INDEX),
    ek.read_certificate,
    ek.public_key,
    ak.AttestationKey.create,
    lambda tpm: commands.pcr_allocate(tpm, Alg.SHA256),
)


def _hostile(data: bytes) -> None:
    """The first byte chooses what we ask, the rest is what the TPM answers."""
    if data:
        _COMMANDS[data[0] % len(_COMMANDS)](_ScriptedTpm(data[1:]))


def _response(body: bytes, *, sessions: bool = False, handle: int | None = None) -> bytes:
    head = b"" if handle is None else u32(handle)
    tail = (u32(len(body)) + body + bytes(5)) if sessions else body
    content = head + tail
    tag = commands.TAG_SESSIONS if sessions else commands.TAG_NO_SESSIONS
    return tpm2b(u16(tag) + u32(10 + len(content)) + u32(0) + content)


def _publics() -> list[bytes]:
    return [key.marshal() for key in (quotes.ak_public(), quotes.rsa_public(), quotes.ek_public())]


def _scripts() -> list[bytes]:
    values = marshal_selections((_SELECTION,))
    digests = u32(5) + tpm2b(bytes(range(32))) * 5
    area = tpm2b(u32(ek.CERTIFICATE_INDEX) + u16(Alg.SHA256) + u32(0) + tpm2b(b"") + u16(600))
    created = _response(tpm2b(quotes.ak_public().marshal()), sessions=True, handle=0x80000000)
    chunk = _response(tpm2b(bytes(range(150)) * 2), sessions=True)
    refused = tpm2b(u16(commands.TAG_NO_SESSIONS) + u32(10) + u32(0x902))
    handles = _response(b"\0" + u32(1) + u32(2) + u32(0x80000000) + u32(0x80000001))
    scripts = {
        0: _response(b""),
        1: _response(u32(7) + values + digests),
        2: created,
        3: _response(tpm2b(quotes.ak_public().marshal())),
        4: _response(tpm2b(quotes.quoted()) + quotes.signature(quotes.quoted()), sessions=True),
        5: handles,
        6: _response(tpm2b(bytes(range(32)))),
        7: _response(area),
        8: _response(area) + chunk,
        9: created + _response(b""),
        10: refused + handles + _response(b"") * 2 + created,
        11: _response(b"\1" + u32(24) * 3, sessions=True),
    }
    return [bytes((number,)) + script for number, script in scripts.items()]


TARGETS = (
    Target(
        "tpm-public",
        _public,
        lambda: [
            quotes.ak_public().marshal(),
            quotes.rsa_public().marshal(),
            quotes.ek_public().marshal(),
        ],
        Shape.BYTES,
        ("asterism.tpm.public.Public.parse",),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "tpm-key",
        _key,
        lambda: [
            quotes.ak_public().marshal(),
            quotes.rsa_public().marshal(),
            quotes.ek_public().marshal(),
        ],
        Shape.BYTES,
        (
            "asterism.tpm.public.EccParameters.read",
            "asterism.tpm.public.RsaParameters.read",
            "asterism.tpm.public.Scheme.read",
            "asterism.tpm.public.Symmetric.read",
        ),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "tpm-quote",
        _quoted,
        lambda: [quotes.quoted()],
        Shape.BYTES,
        (
            "asterism.tpm.attest.Quoted.parse",
            "asterism.tpm.attest.PcrSelection.read",
            "asterism.tpm.attest.read_selections",
        ),
        _WORDS,
        maximum=512,
    ),
    Target(
        "tpm-signature",
        _signature,
        lambda: [quotes.signature(quotes.quoted()), quotes.rsa_signature()],
        Shape.BYTES,
        ("asterism.tpm.attest.Signature.parse",),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "tpm-signed",
        _verified,
        lambda: [
            tpm2b(quotes.ak_public().marshal()) + quotes.signature(b"message"),
            tpm2b(quotes.rsa_public().marshal()) + quotes.rsa_signature(),
        ],
        Shape.BYTES,
        ("asterism.attestation.tpm.key.verify_signature",),
        _WORDS,
        maximum=1024,
    ),
    Target(
        "tpm-responses",
        _hostile,
        _scripts,
        Shape.BYTES,
        (),
        (*_WORDS, u16(0x8001), u16(0x8002), u32(0x922), u32(0x100)),
        maximum=2048,
    ),
)
