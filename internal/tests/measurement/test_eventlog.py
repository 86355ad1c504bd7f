"""Event logs of real machines replay to their registers; altered ones are refused or differ."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.measurement import eventlog
from asterism.measurement.eventlog import (
    STARTUP_LOCALITY,
    Event,
    EventLogError,
    EventType,
    encode,
    new_log,
    parse,
    replay,
)
from asterism.tpm.constants import Alg

VECTORS = Path(__file__).parents[1] / "vectors/eventlogs"
EXPECTED = json.loads((VECTORS / "expected_pcrs.json").read_text())
CASES = [(name, bank) for name, banks in EXPECTED.items() for bank in banks]
ALL = sorted(path.name for path in VECTORS.iterdir() if path.suffix not in (".md", ".json"))


@pytest.mark.parametrize(("name", "bank"), CASES)
def test_real_log_replays_to_the_registers_of_its_machine(name: str, bank: str) -> None:
    """Every recorded register of every bank comes out."""
    log = parse((VECTORS / name).read_bytes())
    if Alg[bank] not in log.banks:
        with pytest.raises(EventLogError, match="no sha256 digests"):
            replay(log, Alg[bank])
        return
    values = replay(log, Alg[bank])
    assert {pcr: values[int(pcr)].hex() for pcr in EXPECTED[name][bank]} == EXPECTED[name][bank]


@pytest.mark.parametrize("name", ALL)
def test_real_log_encodes_to_its_bytes(name: str) -> None:
    """Parsing loses nothing."""
    data = (VECTORS / name).read_bytes()
    assert encode(parse(data)) == data


@pytest.mark.parametrize("name", ["debian-10.bin", "crypto_agile_eventlog"])
def test_cut_log_is_refused_or_shorter(name: str) -> None:
    """A log that ends inside a record is refused; one cut between records has fewer events."""
    data = (VECTORS / name).read_bytes()
    whole = len(parse(data).events)
    for size in range(1, len(data), 7):
        try:
            assert len(parse(data[:size]).events) < whole
        except EventLogError:
            continue


def test_sha1_log_has_no_sha256_registers() -> None:
    """Registers of a bank that the log does not have are never invented."""
    log = parse((VECTORS / "debian-10.bin").read_bytes())
    with pytest.raises(EventLogError):
        replay(log, Alg.SHA256)


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_parser(data: bytes) -> None:
    """Arbitrary bytes are read to the last one, or refused."""
    with suppress(EventLogError):
        assert encode(parse(data)) == data


@given(st.binary(max_size=200))
def test_no_tail_crashes_the_parser(tail: bytes) -> None:
    """Nor do they behind a right header."""
    data = encode(new_log()) + tail
    with suppress(EventLogError):
        assert encode(parse(data)) == data


def test_startup_locality_sets_the_first_register() -> None:
    """PCR 0 starts at the locality of the startup, and the record itself extends nothing."""
    record = Event.of(0, EventType.NO_ACTION, STARTUP_LOCALITY + b"\x03")
    assert replay(new_log((record,)))[0] == bytes(31) + b"\x03"


def test_late_startup_locality_is_refused() -> None:
    """After PCR 0 was extended its start cannot be changed."""
    record = Event.of(0, EventType.NO_ACTION, STARTUP_LOCALITY + b"\x03")
    first = Event.of(0, EventType.SEPARATOR, bytes(4))
    for events in ((first, record), (record, record)):
        with pytest.raises(EventLogError, match="StartupLocality"):
            replay(new_log(events))


def test_no_action_extends_nothing() -> None:
    """Whatever digest such a record carries."""
    record = Event.of(4, EventType.NO_ACTION, b"anything")
    assert replay(new_log((record,)))[4] == bytes(32)


def test_registers_of_dynamic_launch_start_at_ones() -> None:
    """PCR 17 to 22 are all ones after a reset."""
    values = replay(new_log())
    assert values[17] == b"\xff" * 32
    assert values[16] == values[23] == bytes(32)


def test_appended_events_follow_the_firmware() -> None:
    """A node goes on with the firmware's log."""
    event = Event.of(15, EventType.IPL, b"more")
    log = parse(encode(new_log().with_events(event)))
    assert log.for_pcr(15) == (event,)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (b"\x18\0\0\0" + b"\x04\0\0\0" + bytes(8), "register 24"),
        (bytes(4) + b"\x04\0\0\0" + bytes(8), "lacks the digest"),
        (bytes(4) + b"\x04\0\0\0" + b"\x01\0\0\0" + b"\x04\0" + bytes(24), "bank 0x0004"),
        (bytes(4) + b"\x04\0\0\0" + b"\x02\0\0\0" + (b"\x0b\0" + bytes(32)) * 2, "bank 0x000b"),
    ],
)
def test_record_that_does_not_fit_the_header_is_refused(tail: bytes, reason: str) -> None:
    """Registers that do not exist, and missing, unknown or repeated banks."""
    with pytest.raises(EventLogError, match=reason):
        parse(encode(new_log()) + tail)


def test_huge_log_is_refused_before_it_is_read() -> None:
    """A peer cannot make us work on more than a log can be."""
    with pytest.raises(EventLogError, match="at most"):
        parse(bytes(eventlog.MAXIMUM_SIZE + 1))


def test_data_is_told_from_digest() -> None:
    """Data that does not hash to the digest is known as a mere note."""
    assert Event.of(4, EventType.EFI_ACTION, b"x").digest_is_of_data()
    assert not Event.of(4, EventType.EFI_ACTION, b"x", measured=b"y").digest_is_of_data()
