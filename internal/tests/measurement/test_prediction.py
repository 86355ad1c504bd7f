"""What we predict for an image is what OVMF, systemd-stub, Linux and systemd really extended.

The recordings and how they were made: machine/tests/hardware/recording.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from asterism.measurement import boot_events
from asterism.measurement.eventlog import EventType, parse, replay
from asterism.measurement.pcr import fold
from asterism.measurement.uki import Uki, predict_pcrs
from asterism.tpm.constants import Alg

DATA = Path(__file__).parent / "data"
RECORDINGS = sorted(path.stem for path in DATA.glob("*.json"))
BOOT_PCRS = (4, 9, 11, 12)


def _record(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return record


def _uki(record: dict[str, Any]) -> Uki:
    plain = record["uki"]
    digests = {name: bytes.fromhex(text) for name, text in plain["section_digests"].items()}
    return Uki(
        image_digest=bytes.fromhex(plain["image_digest"]),
        kernel_digest=bytes.fromhex(plain["kernel_digest"]),
        section_digests=digests,
        initrd_digest=bytes.fromhex(plain["initrd_digest"]),
        cmdline=plain["cmdline"],
        file_digest=bytes.fromhex(plain["file_digest"]),
    )


def _extended(record: dict[str, Any], pcr: int) -> list[str]:
    return [digest for index, digest in record["extends"] if index == pcr]


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("pcr", BOOT_PCRS)
def test_events_are_those_that_were_extended(name: str, pcr: int) -> None:
    """Digest by digest, in order, until the kernel takes over, and then phase by phase."""
    record = _record(name)
    digests = [
        event.digests[Alg.SHA256].hex()
        for event in boot_events.of_uki(_uki(record))
        if event.pcr == pcr
    ]
    extended = _extended(record, pcr)
    phases_left = len(digests) - len(extended)
    assert digests[: len(extended)] == extended
    assert 0 <= phases_left <= (len(boot_events.PHASES) if pcr == boot_events.UKI_PCR else 0)


@pytest.mark.parametrize("name", RECORDINGS)
def test_registers_are_the_predicted_ones(name: str) -> None:
    """The values themselves, of every register that does not depend on how far the boot got."""
    record = _record(name)
    predicted = predict_pcrs(_uki(record))
    for pcr in (4, 9, 12):
        assert predicted[pcr].hex() == record["pcrs"][str(pcr)]


def test_node_image_left_its_initrd() -> None:
    """The recorded node image measured the phases of its initrd as predicted."""
    record = _record("image")
    phases = [event.digests[Alg.SHA256].hex() for event in boot_events.phases()]
    assert _extended(record, boot_events.UKI_PCR)[-2:] == phases[:2]


def test_recorded_log_replays_to_the_recorded_registers() -> None:
    """The kernel's copy of the log says the same as the commands that the TPM received."""
    record, log = _record("probe"), parse((DATA / "probe.log").read_bytes())
    values = replay(log)
    assert {str(pcr): values[pcr].hex() for pcr in BOOT_PCRS} == record["pcrs"]


def test_event_types_and_notes_are_those_of_the_recorded_log() -> None:
    """A reader of our log sees what a reader of OVMF's would see, but for device paths."""
    recorded = [e for e in parse((DATA / "probe.log").read_bytes()).events if e.pcr in BOOT_PCRS]
    ours = boot_events.until_kernel(_uki(_record("probe")))
    assert [(e.pcr, e.type) for e in ours] == [(e.pcr, e.type) for e in recorded]
    application = EventType.EFI_BOOT_SERVICES_APPLICATION
    notes = [(a.data, b.data) for a, b in zip(ours, recorded, strict=True) if a.type != application]
    assert all(mine == theirs for mine, theirs in notes)


def test_another_digest_gives_another_register() -> None:
    """A changed section, kernel, initrd or command line shows in its register."""
    uki = _uki(_record("probe"))
    base, other = predict_pcrs(uki), bytes(32)
    sections = {**uki.section_digests, ".osrel": other}
    changes = {
        4: dataclasses.replace(uki, kernel_digest=other),
        9: dataclasses.replace(uki, cmdline="init=/bin/sh"),
        11: dataclasses.replace(uki, section_digests=sections),
    }
    for pcr, changed in changes.items():
        values = predict_pcrs(changed)
        assert [p for p in base if values[p] != base[p]] == [pcr]


def test_register_without_events_is_zero() -> None:
    """PCR 12 stays zero: nobody adds to the command line."""
    assert predict_pcrs(_uki(_record("probe")))[12] == bytes(32) == fold([])
