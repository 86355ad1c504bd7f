"""`image load`: a container image archive into the nodes of a cluster, all at once.

The archive travels inside attested admin sessions, so only nodes that were verified get it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from asterism.atls.purpose import Purpose
from asterism.cluster import session
from asterism.cluster.events import Watcher, step
from asterism.cluster.pin import Pin
from asterism.cluster.state import ClusterState
from asterism.keys.owner import OwnerKey
from asterism.proto.admin.v1.admin_pb2 import LoadImageRequest
from asterism.proto.admin.v1.admin_pb2_grpc import AdminStub

CHUNK = 1 << 20
TIMEOUT = 600.0
PARALLEL = 4


def load(
    record: ClusterState, pin: Pin, owner: OwnerKey, archive: Path, watch: Watcher
) -> dict[str, list[str]]:
    """Load `archive` into every machine; the names of the images by machine.

    OSError if it cannot be read; the first node that refuses ends it.
    """
    archive.open("rb").close()
    names = [machine.name for machine in record.machines]

    def one(machine: str) -> list[str]:
        with (
            step(watch, f"load/{machine}", f"Load into {machine}") as running,
            session.channel(record.relay_port, pin, machine, Purpose.ADMIN, owner) as (channel, _),
        ):
            answer = AdminStub(channel).LoadImage(_chunks(archive), timeout=TIMEOUT)  # type: ignore[no-untyped-call]
            running.text = ", ".join(answer.images)
            return list(answer.images)

    with ThreadPoolExecutor(min(PARALLEL, len(names))) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


def _chunks(archive: Path) -> Iterator[LoadImageRequest]:
    with archive.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield LoadImageRequest(chunk=chunk)
