"""Captures of a cluster's underlay, from before its first frame if need be."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterism.e2e.capture import pcap
from asterism.e2e.capture.frames import Frame, dissect
from asterism.e2e.waiting import eventually
from asterism.machine.providers.sandbox import network
from asterism.net import netns

RECORDER = "asterism.e2e.capture.recorder"
STOP_TIMEOUT = 30.0


@dataclass
class Capture:
    """A capture file of one cluster's wires; `dropped` is known when it has ended."""

    file: Path
    seen: int = 0
    dropped: int = 0

    def frames(self) -> Iterator[Frame]:
        """Every frame so far; a recorder writes in blocks, so the newest may be missing."""
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            yield from (dissect(packet.frame) for packet in pcap.read(file))

    def holds(self, canary: bytes) -> bool:
        """Whether the bytes `canary` passed in one frame."""
        return any(canary in frame.payload for frame in self.frames())


@contextmanager
def underlay(cluster: str, file: Path) -> Iterator[Capture]:
    """Record what passes between the machines of `cluster` for the length of a `with` block.

    The cluster need not be there yet: recording begins with its network.
    """
    capture = Capture(file)
    argv = [sys.executable, "-m", RECORDER, network.namespace_of(cluster), network.BRIDGE, file]
    recorder = subprocess.Popen(
        list(map(str, argv)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        if netns.exists(network.namespace_of(cluster)):
            _expect_start(recorder, file)
        yield capture
    finally:
        said, _ = recorder.communicate(timeout=STOP_TIMEOUT)
        _note(capture, said)


def _expect_start(recorder: "subprocess.Popen[str]", file: Path) -> None:
    def recording() -> None:
        assert recorder.poll() is None, "the recorder ended"
        assert file.exists(), "nothing is recorded yet"

    eventually(recording, within=10)


def _note(capture: Capture, said: str) -> None:
    for line in said.splitlines():
        words = json.loads(line)
        if words["state"] == "ended":
            capture.seen, capture.dropped = words["frames"], words["dropped"]
