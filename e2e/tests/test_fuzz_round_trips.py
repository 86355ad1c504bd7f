"""Whatever our own side can say is read back as it was meant, by every format that has two ends."""

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.attestation.grant import NONCE_SIZE, Grant, Role
from asterism.attestation.snp.tcb import Product, Tcb, component_names
from asterism.bootstrapper.assignment import Assignment, Peer
from asterism.bootstrapper.trust.ledger import Ledger, Member
from asterism.cluster.pin import Pin
from asterism.config import network
from asterism.e2e.fuzz.seeds import documents as made
from asterism.errors import Error, ProvisionError, UserError
from asterism.keys.documents import Kind, SignedDocument
from asterism.machine.identity import ProcessId
from asterism.machine.spec import MachineSpec
from asterism.machine.store import MachineState
from asterism.machine.wire import decode_error, encode_error
from asterism.measurement import eventlog
from asterism.measurement.eventlog import Event, EventLog
from asterism.tpm.constants import DIGEST_SIZE, PCR_COUNT, Alg, Curve
from asterism.tpm.structures import (
    EccParameters,
    PcrSelection,
    Public,
    Quoted,
    RsaParameters,
    Scheme,
    Signature,
    Symmetric,
)

PATIENT = settings(deadline=None, max_examples=50)
u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
u64 = st.integers(0, 2**64 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
hashes = st.sampled_from(sorted(DIGEST_SIZE))
schemes = st.just(Scheme()) | st.builds(Scheme, u16.filter(lambda a: a != Alg.NULL), u16)
symmetrics = st.just(Symmetric()) | st.builds(
    Symmetric, u16.filter(lambda a: a != Alg.NULL), u16, u16
)
points = st.binary(max_size=32)
ecc = st.builds(EccParameters, symmetrics, schemes, st.sampled_from(Curve), schemes, points, points)
rsa = st.builds(RsaParameters, symmetrics, schemes, st.just(2048), u32, st.binary(max_size=256))
publics = st.builds(Public, hashes, u32, st.binary(max_size=64), ecc | rsa)
registers = st.sets(st.integers(0, PCR_COUNT - 1)).map(sorted).map(tuple)
selections = st.lists(st.builds(PcrSelection, hashes, registers), max_size=4).map(tuple)
quotes = st.builds(
    Quoted, points, points, u64, u32, u32, st.booleans(), u64, selections, st.binary(max_size=64)
)
numbers = st.binary(max_size=300)
signatures = st.builds(Signature, st.just(Alg.ECDSA), hashes, st.tuples(numbers, numbers)) | (
    st.builds(Signature, st.sampled_from((Alg.RSASSA, Alg.RSAPSS)), hashes, st.tuples(numbers))
)
sha256 = st.fixed_dictionaries({Alg.SHA256: st.binary(min_size=32, max_size=32)})
events = st.builds(Event, st.integers(0, PCR_COUNT - 1), u32, sha256, st.binary(max_size=60))
tcbs = st.sampled_from(Product).flatmap(
    lambda product: st.tuples(
        st.just(product),
        st.fixed_dictionaries(dict.fromkeys(component_names(product), u8)).map(lambda v: Tcb(**v)),
    )
)
assignments = st.builds(
    Assignment,
    names,
    st.sampled_from(Role),
    st.integers(0, 255).map(lambda host: IPv4Address(int(network.MESH[0]) + host)),
    st.integers(0, 255).map(lambda pods: IPv4Network(f"10.212.{pods}.0/24")),
    st.integers(0, 2**53),
)
peers = st.builds(
    Peer,
    assignments,
    st.integers(0, 255).map(lambda host: IPv4Address(int(network.UNDERLAY[0]) + host)),
    st.integers(1, 65535),
)
members = st.builds(
    Member, peers, st.binary(min_size=32, max_size=32), st.binary(max_size=64), texts, st.booleans()
)


@PATIENT
@given(publics)
def test_public_areas(public: Public) -> None:
    """TPMT_PUBLIC of both kinds of key."""
    assert Public.parse(public.marshal()) == public


@PATIENT
@given(quotes)
def test_quotes(quoted: Quoted) -> None:
    """TPMS_ATTEST."""
    assert Quoted.parse(quoted.marshal()) == quoted


@PATIENT
@given(signatures)
def test_signatures(signature: Signature) -> None:
    """TPMT_SIGNATURE."""
    assert Signature.parse(signature.marshal()) == signature


@PATIENT
@given(st.lists(events, max_size=6).map(tuple))
def test_event_logs(recorded: tuple[Event, ...]) -> None:
    """A log in the crypto-agile form."""
    log = EventLog(recorded, (Alg.SHA256,), eventlog.spec_id())
    assert eventlog.parse(eventlog.encode(log)) == log


@PATIENT
@given(tcbs)
def test_tcb_versions(version: tuple[Product, Tcb]) -> None:
    """Of all product lines."""
    product, tcb = version
    assert Tcb.parse(tcb.encode(product), product) == tcb


@PATIENT
@given(peers)
def test_peers(peer: Peer) -> None:
    """On the wire and in state files."""
    assert Peer.from_proto(peer.to_proto()) == peer == Peer.from_json(peer.to_json())


@PATIENT
@given(st.lists(members, max_size=4).map(tuple))
def test_ledgers(held: tuple[Member, ...]) -> None:
    """The form on the state disk."""
    ledger = Ledger(bytes(range(32)), made.NONCE, held)
    assert Ledger.from_json(ledger.to_json()) == ledger


@PATIENT
@given(names, st.binary(min_size=NONCE_SIZE, max_size=NONCE_SIZE), names, st.sampled_from(Role))
def test_grants(cluster: str, nonce: bytes, slot: str, role: Role) -> None:
    """Signed, carried as bytes, opened."""
    grant = Grant(cluster, nonce, slot, role)
    signed = SignedDocument.sign(Kind.GRANT, grant.payload(), [made.OWNER])
    assert Grant.open(SignedDocument.decode(signed.encode()), made.OWNERS) == grant


@PATIENT
@given(names, st.sampled_from(("control-plane", "worker")), st.integers(0, 255), st.integers(1, 9))
def test_machine_specifications(name: str, role: str, host: int, vcpus: int) -> None:
    """`machine.json`."""
    plain = {
        "cluster": "local", "machine": name, "role": role, "image_dir": "/images/a",
        "address": str(network.UNDERLAY[host]), "vcpus": vcpus,
    }  # fmt: skip
    spec = MachineSpec.from_plain(plain)
    assert MachineSpec.from_json(spec.to_json()) == spec
    assert spec.image_dir == Path("/images/a")


@PATIENT
@given(st.sampled_from(("created", "running", "failed")), u32, texts, st.none() | u16)
def test_machine_states(phase: str, pid: int, text: str, ready: int | None) -> None:
    """`state.json`."""
    process = ProcessId(pid, 1, text)
    state = MachineState(phase, process, None, (text,), ready, text)  # type: ignore[arg-type]
    assert MachineState.from_json(state.to_json()) == state


@PATIENT
@given(st.dictionaries(names, st.binary(min_size=32, max_size=32), max_size=3), st.booleans())
def test_pins(machines: dict[str, bytes], signed: bool) -> None:
    """Before and after the owner signed the genesis."""
    pin = Pin(
        cluster=made.CLUSTER,
        nonce=made.NONCE.hex(),
        owner=made.OWNER.public,
        policy=made.initdata().policy,
        machines=machines,
        pending=made.genesis().encode(),
        genesis=made.signed_genesis() if signed else None,
    )
    assert Pin.from_json(pin.to_json()) == pin


@PATIENT
@given(st.sampled_from((UserError, ProvisionError)), texts, st.dictionaries(names, texts))
def test_errors_between_processes(kind: type[Error], detail: str, facts: dict[str, str]) -> None:
    """Kind, ID, detail and facts, whatever they say."""
    error = kind("MCH-001", detail, **facts)
    back = decode_error(encode_error(error), "MCH-015")
    assert (type(back), back.error_id) == (kind, "MCH-001")
    assert (back.detail, back.facts) == (error.detail, error.facts)
