"""The TCG event log: parse, encode and replay, to the byte.

TCG PC Client Platform Firmware Profile, section 10 "Event Logging". A crypto-agile log starts with
one record in the old form that carries "Spec ID Event03"; then follow TCG_PCR_EVENT2 records, each
with one digest for every bank. An old log is in the SHA-1 form throughout. Integers are
little-endian.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from asterism.errors import Error
from asterism.measurement.pcr import PcrBank
from asterism.tpm.constants import DIGEST_SIZE, HASH_NAME, PCR_COUNT, Alg

SIGNATURE: Final = b"Spec ID Event03\0"
STARTUP_LOCALITY: Final = b"StartupLocality\0"
ALL_PCRS: Final = 0xFFFFFFFF
"""The index some firmware gives to records that extend nothing."""
MAXIMUM_SIZE: Final = 4 << 20
_SHA1_SIZE: Final = DIGEST_SIZE[Alg.SHA1]


class EventType(IntEnum):
    """The event types that Asterism writes or gives a meaning."""

    NO_ACTION = 0x00000003
    SEPARATOR = 0x00000004
    EVENT_TAG = 0x00000006
    S_CRTM_VERSION = 0x00000008
    IPL = 0x0000000D
    EFI_VARIABLE_DRIVER_CONFIG = 0x80000001
    EFI_BOOT_SERVICES_APPLICATION = 0x80000003
    EFI_ACTION = 0x80000007
    EFI_PLATFORM_FIRMWARE_BLOB = 0x80000008


class EventLogError(Error):
    """Bytes that are not an event log (MCH-110)."""

    def __init__(self, detail: str) -> None:
        super().__init__("MCH-110", f"event log: {detail}")


@dataclass(frozen=True, slots=True)
class Event:
    """One record: register, type, digest for each bank, and the data the firmware noted."""

    pcr: int
    type: int
    digests: Mapping[Alg, bytes]
    data: bytes

    @classmethod
    def of(cls, pcr: int, kind: int, data: bytes, *, measured: bytes | None = None) -> "Event":
        """Make a SHA-256 record that measures `data`, or `measured` where that is not the note."""
        content = data if measured is None else measured
        return cls(pcr, kind, {Alg.SHA256: hashlib.sha256(content).digest()}, data)

    def digest_is_of_data(self) -> bool:
        """Say whether every digest is that of `data`, so that `data` may be believed."""
        return all(
            digest == hashlib.new(HASH_NAME[alg], self.data).digest()
            for alg, digest in self.digests.items()
        )


@dataclass(frozen=True, slots=True)
class EventLog:
    """All records after the header, and the banks they carry, in order.

    `header` is the data of the Spec ID record; empty for a log in the SHA-1 form.
    """

    events: tuple[Event, ...]
    banks: tuple[Alg, ...] = (Alg.SHA256,)
    header: bytes = field(default=b"")

    def for_pcr(self, pcr: int) -> tuple[Event, ...]:
        """Give the records that extended `pcr`."""
        return tuple(e for e in self.events if e.pcr == pcr and e.type != EventType.NO_ACTION)

    def with_events(self, *events: Event) -> "EventLog":
        """Give a log that goes on with `events`."""
        return EventLog(self.events + events, self.banks, self.header)


def spec_id(banks: tuple[Alg, ...] = (Alg.SHA256,)) -> bytes:
    """Give TCG_EfiSpecIDEvent for a 64-bit platform, profile version 2.0 errata 2."""
    head = SIGNATURE + struct.pack("<IBBBB", 0, 0, 2, 2, 2)
    algorithms = b"".join(struct.pack("<HH", alg, DIGEST_SIZE[alg]) for alg in banks)
    return head + struct.pack("<I", len(banks)) + algorithms + b"\0"


def new_log(events: tuple[Event, ...] = ()) -> EventLog:
    """Give a crypto-agile log with the SHA-256 bank only."""
    return EventLog(events, (Alg.SHA256,), spec_id())


def encode(log: EventLog) -> bytes:
    """Give the log's bytes; `encode(parse(x)) == x`."""
    if not log.header:
        return b"".join(_encode_old(event) for event in log.events)
    first = Event(0, EventType.NO_ACTION, {Alg.SHA1: bytes(_SHA1_SIZE)}, log.header)
    return _encode_old(first) + b"".join(encode_event(event, log.banks) for event in log.events)


def encode_event(event: Event, banks: tuple[Alg, ...] = (Alg.SHA256,)) -> bytes:
    """Give one TCG_PCR_EVENT2."""
    digests = b"".join(struct.pack("<H", bank) + event.digests[bank] for bank in banks)
    head = struct.pack("<III", event.pcr, event.type, len(banks))
    return head + digests + struct.pack("<I", len(event.data)) + event.data


def _encode_old(event: Event) -> bytes:
    head = struct.pack("<II", event.pcr, event.type) + event.digests[Alg.SHA1]
    return head + struct.pack("<I", len(event.data)) + event.data


def parse(data: bytes) -> EventLog:
    """Read a whole log. Raises EventLogError MCH-110 on anything that is not one, to the byte."""
    if len(data) > MAXIMUM_SIZE:
        raise EventLogError(f"{len(data)} bytes, at most {MAXIMUM_SIZE} allowed")
    reader = _Reader(data)
    if reader.at_end():
        raise EventLogError("it is empty")
    first = _read_old(reader)
    if first.type != EventType.NO_ACTION or not first.data.startswith(SIGNATURE):
        return _rest_of_old(reader, first)
    if first.pcr or any(first.digests[Alg.SHA1]):
        raise EventLogError("the Spec ID record has a register or digest that is not zero")
    banks = _read_banks(first.data)
    events: list[Event] = []
    while not reader.at_end():
        events.append(_read_event(reader, banks))
    return EventLog(tuple(events), banks, first.data)


def replay(log: EventLog, alg: Alg = Alg.SHA256) -> dict[int, bytes]:
    """Give all 24 registers of bank `alg` as the log says they were extended.

    Raises EventLogError MCH-110 when the log has no such bank.
    """
    if alg not in log.banks:
        raise EventLogError(f"it has no {HASH_NAME[alg]} digests")
    bank, pcr0_started = PcrBank(alg), False
    for event in log.events:
        if event.type != EventType.NO_ACTION:
            bank.extend(event.pcr, event.digests[alg])
            pcr0_started |= event.pcr == 0
        elif event.data.startswith(STARTUP_LOCALITY):
            if pcr0_started:
                raise EventLogError("a StartupLocality record after PCR 0 was extended")
            bank.start_at_locality(_locality(event))
            pcr0_started = True
    return bank.values()


def _locality(event: Event) -> int:
    if event.pcr != 0 or len(event.data) != len(STARTUP_LOCALITY) + 1:
        raise EventLogError("a malformed StartupLocality record")
    return event.data[-1]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def at_end(self) -> bool:
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        chunk = self._data[self._at : self._at + count]
        if len(chunk) != count:
            raise EventLogError(f"it ends inside a record, {count - len(chunk)} bytes too early")
        self._at += count
        return chunk

    def integer(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")


def _rest_of_old(reader: _Reader, first: Event) -> EventLog:
    events = [first]
    while not reader.at_end():
        events.append(_read_old(reader))
    return EventLog(tuple(events), (Alg.SHA1,))


def _read_old(reader: _Reader) -> Event:
    pcr, kind = reader.integer(4), reader.integer(4)
    _check_register(pcr, kind)
    digest = reader.take(_SHA1_SIZE)
    return Event(pcr, kind, {Alg.SHA1: digest}, reader.take(reader.integer(4)))


def _read_event(reader: _Reader, banks: tuple[Alg, ...]) -> Event:
    pcr, kind, count = reader.integer(4), reader.integer(4), reader.integer(4)
    _check_register(pcr, kind)
    digests: dict[Alg, bytes] = {}
    for _ in range(count):
        alg = reader.integer(2)
        if alg not in banks or alg in digests:
            raise EventLogError(f"a record with a digest for bank 0x{alg:04x} out of place")
        digests[Alg(alg)] = reader.take(DIGEST_SIZE[Alg(alg)])
    if len(digests) != len(banks):
        raise EventLogError("a record that lacks the digest of a bank")
    return Event(pcr, kind, digests, reader.take(reader.integer(4)))


def _check_register(pcr: int, kind: int) -> None:
    unused = kind == EventType.NO_ACTION and pcr == ALL_PCRS
    if pcr >= PCR_COUNT and not unused:
        raise EventLogError(f"a record for register {pcr}")


def _read_banks(data: bytes) -> tuple[Alg, ...]:
    """Read TCG_EfiSpecIDEvent: platform class, versions, UINTN size, algorithms, vendor data."""
    reader = _Reader(data)
    reader.take(len(SIGNATURE) + 8)
    banks: list[Alg] = []
    for _ in range(reader.integer(4)):
        alg, size = reader.integer(2), reader.integer(2)
        if alg not in DIGEST_SIZE or size != DIGEST_SIZE[Alg(alg)] or alg in banks:
            raise EventLogError(f"bank 0x{alg:04x} with digests of {size} bytes")
        banks.append(Alg(alg))
    reader.take(reader.integer(1))
    if not banks or not reader.at_end():
        raise EventLogError("the Spec ID record has no banks, or bytes too many")
    return tuple(banks)
