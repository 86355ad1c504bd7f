"""containerd's state with every image already unpacked, as it lies in the measured root.

A node binds each `layers/N` over the snapshot of that number and copies `seed/`, which is small:
databases, manifests and configs. The databases are rewritten so that equal images give equal bytes.
"""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from asterism import clock
from asterism.errors import ProvisionError
from asterism.images.debian import SOURCE_DATE_EPOCH
from asterism.images.keys import content_key, file_digest
from asterism.images.workshop import Job, Workshop, remove_tree

NAMESPACE = "k8s.io"
CONTENT = "io.containerd.content.v1.content"
METADATA = "io.containerd.metadata.v1.bolt"
SNAPSHOTTER = "io.containerd.snapshotter.v1.overlayfs"
LABELS = ("io.cri-containerd.pinned=pinned", "io.cri-containerd.image=managed")
START_SECONDS = 20.0

CONFIG = """\
version = 3
root = '{root}'
state = '{state}'
disabled_plugins = ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.images', \
'io.containerd.cri.v1.runtime', 'io.containerd.nri.v1.nri']
[grpc]
  address = '{socket}'
[ttrpc]
  address = '{socket}.ttrpc'
"""


def containerd_seed(shop: Workshop, runtime: Path, normaliser: Path, images: Path) -> Path:
    """The directory with `seed/` and `layers/` for the layout `images`."""

    def build(job: Job) -> None:
        work = job.out / "work"
        _import(job, runtime, images, work)
        _arrange(job, normaliser, work / "root")
        remove_tree(work)

    recipe = file_digest(Path(__file__))
    key = content_key(runtime.name, normaliser.name, images.parent.name, recipe)
    return shop.make("containerd-seed", "Container images unpacked", key, build)


def _import(job: Job, runtime: Path, images: Path, work: Path) -> None:
    with _containerd(job, runtime, work) as socket:
        ctr = [str(runtime / "ctr"), "--address", str(socket), "--namespace", NAMESPACE]
        labels = [word for label in LABELS for word in ("--label", label)]
        snapshotter = ("--snapshotter", "overlayfs")
        job.run([*ctr, "images", "import", "--local", *snapshotter, *labels, str(images)])
        # Unpacked layers are not needed as blobs; this keeps manifests and configs.
        job.run([*ctr, "content", "prune", "references"])


@contextlib.contextmanager
def _containerd(job: Job, runtime: Path, work: Path) -> Iterator[Path]:
    """A containerd of its own, without CRI and without a network, that ends with the context."""
    work.mkdir()
    # A socket's path has at most 108 bytes (unix(7)), whatever the cache's is.
    with tempfile.TemporaryDirectory(prefix="asterism-") as state:
        socket = Path(state) / "containerd.sock"
        config = work / "config.toml"
        config.write_text(CONFIG.format(root=work / "root", state=state, socket=socket))
        with (work / "containerd.log").open("wb") as log:
            process = subprocess.Popen(_words(runtime, config), stdout=log, stderr=log)
            try:
                _await(socket, process)
                yield socket
            finally:
                process.terminate()
                process.wait(START_SECONDS)
        with job.log.open("ab") as stream:
            stream.write((work / "containerd.log").read_bytes())


def _words(runtime: Path, config: Path) -> list[str]:
    apart = ("unshare", "--mount", "--net", "--propagation", "private")
    return [*apart, str(runtime / "containerd"), "--config", str(config)]


def _await(socket: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = clock.monotonic() + START_SECONDS
    while not socket.exists():
        if process.poll() is not None or clock.monotonic() > deadline:
            raise ProvisionError("IMG-001", "containerd did not start")
        clock.sleep(0.05)


def _arrange(job: Job, normaliser: Path, state: Path) -> None:
    seed, layers = job.out / "seed", job.out / "layers"
    snapshots = state / SNAPSHOTTER / "snapshots"
    snapshots.rename(layers)
    for empty in (seed, seed / METADATA, seed / SNAPSHOTTER, seed / SNAPSHOTTER / "snapshots"):
        empty.mkdir(mode=0o700)
    for number in sorted(path.name for path in layers.iterdir()):
        (seed / SNAPSHOTTER / "snapshots" / number).mkdir(mode=0o700)
    (state / CONTENT).rename(seed / CONTENT)
    remove_tree(seed / CONTENT / "ingest")
    for database in (f"{METADATA}/meta.db", f"{SNAPSHOTTER}/metadata.db"):
        files = (state / database, seed / database)
        words = [str(normaliser / "seed"), *map(str, files), str(SOURCE_DATE_EPOCH)]
        job.run(words)
