"""One value, one encoding: cut, lengthened, doubled and oversized documents are refused."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asterism.atls.messages import LIMITS, FrameReader, Kind, encode
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy
from asterism.attestation.snp.report import Report
from asterism.cluster import config_file
from asterism.e2e.fuzz.registry import targets
from asterism.e2e.fuzz.seeds import documents as made
from asterism.e2e.fuzz.seeds import quotes
from asterism.errors import Error, RemoteProtocolError, UserError
from asterism.keys import canonical
from asterism.keys.documents import SignedDocument
from asterism.keys.genesis import Genesis
from asterism.kube import kubeconfig
from asterism.measurement import eventlog
from asterism.measurement.manifest import ImageManifest
from asterism.measurement.ovmf import MAXIMUM_AREAS, LaunchError
from asterism.measurement.snp_launch import launch_digest_of
from asterism.net import client_hello
from asterism.proto.session.v1.session_pb2 import Verdict
from asterism.tpm.structures import Public, Quoted, Signature, TpmFormatError

STEPS = 400
"""Most cuts of one document."""


@dataclass(frozen=True)
class Form:
    """A format whose `encode` is the only inverse of `decode`."""

    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]
    good: bytes


def _policy(data: bytes) -> Policy:
    return Policy.from_payload(canonical.decode_object(data), made.OWNERS)


def _frame(data: bytes) -> bytes:
    reader = FrameReader()
    reader.feed(data)
    if reader.next_message() is None or reader.rest:
        raise RemoteProtocolError("TLS-011", "not exactly one message")
    return data


def _seed(name: str) -> bytes:
    return targets()[name].seeds()[0]


FORMS = {
    "canonical JSON": Form(canonical.decode, canonical.encode, _seed("canonical-json")),
    "signed document": Form(
        SignedDocument.decode, lambda d: d.encode(), made.signed_genesis().encode()
    ),
    "policy": Form(_policy, lambda p: canonical.encode(p.payload()), _seed("policy")),
    "genesis": Form(Genesis.decode, lambda g: g.encode(), made.genesis().encode()),
    "initdata": Form(Initdata.decode, lambda i: i.encode(), made.initdata().encode()),
    "manifest": Form(ImageManifest.from_json, lambda m: m.to_json(), _seed("image-manifest")),
    "TPMT_PUBLIC": Form(Public.parse, lambda p: p.marshal(), quotes.ak_public().marshal()),
    "TPMT_PUBLIC of RSA": Form(Public.parse, lambda p: p.marshal(), quotes.rsa_public().marshal()),
    "TPMS_ATTEST": Form(Quoted.parse, lambda q: q.marshal(), quotes.quoted()),
    "TPMT_SIGNATURE": Form(Signature.parse, lambda s: s.marshal(), quotes.signature(b"")),
    "SNP report": Form(Report.parse, lambda r: r.raw, _seed("snp-report")),
    "session frame": Form(_frame, bytes, encode(Verdict(error_id="TLS-020"))),
    "event log": Form(eventlog.parse, eventlog.encode, quotes.log()),
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


@forms
def test_what_is_read_is_written_as_it_was(form: Form) -> None:
    """To the byte."""
    assert form.encode(form.decode(form.good)) == form.good


@forms
def test_no_beginning_is_taken_for_the_whole(form: Form) -> None:
    """A cut document is refused. A log may end after any record: then it is the shorter log."""
    for cut in _cuts(len(form.good)):
        try:
            value = form.decode(form.good[:cut])
        except Error:
            continue
        assert form.decode is eventlog.parse
        assert form.encode(value) == form.good[:cut]


@forms
def test_no_byte_may_follow(form: Form) -> None:
    """Nor a second document."""
    for tail in (*(bytes((byte,)) for byte in range(256)), form.good):
        with pytest.raises(Error):
            form.decode(form.good + tail)


def _cuts(size: int) -> Iterator[int]:
    step = max(size // STEPS, 1)
    yield from range(0, size, step)
    yield size - 1


JSON_FORMS = {name: form for name, form in FORMS.items() if form.good[:1] == b"{"}


@pytest.mark.parametrize("form", JSON_FORMS.values(), ids=JSON_FORMS.keys())
def test_no_member_may_be_there_twice(form: Form) -> None:
    """At any depth, with the same value or another."""
    tree = json.loads(form.good)
    for text in _with_doubled(tree):
        with pytest.raises(Error):
            form.decode(text.encode())


def _with_doubled(tree: Any) -> Iterator[str]:
    """The text of `tree` with one member of one object doubled, for every one of them."""
    if isinstance(tree, dict):
        members = {name: _text(value) for name, value in tree.items()}
        for name, value in tree.items():
            for twice in (members[name], "0"):
                yield "{" + ",".join(_members(members)) + f",{json.dumps(name)}:{twice}}}"
            for inner in _with_doubled(value):
                yield "{" + ",".join(_members(members | {name: inner})) + "}"


def _members(members: dict[str, str]) -> list[str]:
    return [f"{json.dumps(name)}:{text}" for name, text in members.items()]


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


@pytest.mark.parametrize("kind", Kind)
def test_a_frame_beyond_its_limit_is_refused_by_its_header(kind: Kind) -> None:
    """Before a byte of its body has come."""
    reader = FrameReader()
    reader.feed((LIMITS[kind] + 2).to_bytes(4, "big") + bytes((kind,)))
    with pytest.raises(RemoteProtocolError, match="TLS-010"):
        reader.next_message()


def test_documents_beyond_their_limits_are_refused() -> None:
    """Before anything is built of them."""
    with pytest.raises(Error, match="DOC-001"):
        canonical.decode(b'"' + b"a" * canonical.MAX_SIZE + b'"')
    with pytest.raises(Error, match="DOC-001"):
        canonical.decode(b"[" * 100_000)
    with pytest.raises(Error, match="MCH-110"):
        eventlog.parse(bytes(eventlog.MAXIMUM_SIZE + 1))
    with pytest.raises(TpmFormatError):
        Quoted.parse(quotes.quoted()[:6] + b"\xff\xff" + bytes(0xFFFF))
    hello = b"\x16\3\1\x40\0" + b"\1\0\x40\0" + bytes(client_hello.MAXIMUM_SIZE)
    with pytest.raises(RemoteProtocolError, match="TLS-040"):
        client_hello.server_name(hello)


def test_a_hundred_thousand_unknown_members_are_refused_at_once() -> None:
    """Looking for the nearest known name of each would take minutes."""
    names = ",".join(f'"clustr{number:06}":0' for number in range(60_000))
    with pytest.raises(Error, match="DOC-002") as refusal:
        Initdata.decode(f"{{{names}}}".encode())
    assert len(str(refusal.value)) < 10_000


def test_firmware_cannot_ask_for_hours_of_hashing() -> None:
    """Neither by the number of its memory areas nor by their size."""
    good = targets()["firmware"].seeds()[0]
    launch_digest_of(good, bytes(32), 1)
    place = good.index(b"ASEV")
    many = good[: place + 12] + (MAXIMUM_AREAS + 1).to_bytes(4, "little") + good[place + 16 :]
    large = good[: place + 20] + b"\xff\xff\xff\xff" + good[place + 24 :]
    for firmware in (many, large):
        with pytest.raises(LaunchError):
            launch_digest_of(firmware, bytes(32), 1)


def test_yaml_cannot_end_the_process_or_never_end() -> None:
    """Depth crashes PyYAML's C code; aliases of aliases grow without a bound."""
    bomb = "a: &a {x: 1}\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} {{x: *{chr(97 + n)}, y: *{chr(97 + n)}}}\n"
        for n in range(24)
    )
    for text in ("[" * 200_000, "{a: " * 100_000, "- " * 100_000, bomb):
        with pytest.raises(UserError, match="CFG-002"):
            config_file.parse(text, "file")
    for text in ("[" * 200_000, "- " * 100_000):
        with pytest.raises(UserError, match="KCF-002"):
            kubeconfig.parse(text, Path("config"))
    assert kubeconfig.parse(bomb, Path("config"))["a"] == {"x": 1}
