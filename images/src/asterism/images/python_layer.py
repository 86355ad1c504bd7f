"""The Python part of a node: our code and the wheels it needs, compiled by the node's own Python.

The wheels change rarely and are a step of their own; our code is copied anew for every image, so a
change in it costs seconds. Compiled files are of the unchecked-hash kind (PEP 552): they hold no
times, and the interpreter never compares them, because the root is measured and read-only.
"""

import shutil
import sys
from pathlib import Path

from asterism.images import source
from asterism.images.chroot import Chroot
from asterism.images.keys import content_key, file_digest, files_below, tree_digest
from asterism.images.workshop import Job, Workshop

FOLDER = "usr/lib/asterism/python"
NODE_PYTHON = "3.13"
LIBRARY = f"usr/lib/python{NODE_PYTHON}"
PLATFORMS = (
    "manylinux2014_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in (17, 24, 28, 31, 34)),
)
"""pip takes platforms by their exact names, and without a match the slow pure Python form, if any.
A wheel's name is that of the oldest glibc it runs with."""

INSTALLER_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""What pip writes about its own work; RECORD even names the path of the host's interpreter."""

NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyi", "*.proto", "py.typed")


def wheels(shop: Workshop, node: Chroot) -> Path:
    """The directory of the unpacked and compiled wheels of requirements/node.lock."""

    def fetch(job: Job) -> None:
        argv = [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"),
            *("--require-hashes", "--only-binary=:all:"),
            *(word for name in PLATFORMS for word in ("--platform", name)),
            *("--python-version", NODE_PYTHON, "--implementation", "cp"),
            *("--target", str(job.out), "--requirement", str(source.NODE_LOCK)),
        ]
        job.run(argv)
        shutil.rmtree(job.out / "bin", ignore_errors=True)
        for name in INSTALLER_NOTES:
            for note in job.out.glob(f"*.dist-info/{name}"):
                note.unlink()
        compile_all(job, node, job.out)

    made_from = (file_digest(source.NODE_LOCK), node.root.parent.name, NODE_PYTHON)
    key = content_key(*made_from, *INSTALLER_NOTES, *PLATFORMS)
    return shop.make("wheels", "Python packages of the node", key, fetch)


def code_digest() -> str:
    """One digest of all our code that a node runs."""
    return content_key(*(tree_digest(part, files_below(part)) for part in source.CODE))


def install(job: Job, node: Chroot, root: Path) -> None:
    """Put our code, compiled, into the tree `root`, beside the wheels that lie there already."""
    staged = job.out / "python"
    for part in source.CODE:
        shutil.copytree(part, staged / "asterism", ignore=NOT_SHIPPED, dirs_exist_ok=True)
    compile_all(job, node, staged)
    shutil.copytree(staged, root / FOLDER, dirs_exist_ok=True)
    shutil.rmtree(staged)


def compile_library(job: Job, node: Chroot, root: Path) -> None:
    """Compile the standard library in `root` anew: Debian's files are checked at each import."""
    compile_all(job, node, root / LIBRARY, place=LIBRARY)


def compile_all(job: Job, node: Chroot, folder: Path, *, place: str = FOLDER) -> None:
    """Compile every module below `folder` by the node's interpreter, as lying at `place` there."""
    argv = ("python3", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash")
    paths = ("-s", "/mnt/python", "-p", f"/{place}", "/mnt/python")
    node.run(job, *argv, *paths, binds={folder: "/mnt/python"}, env={"PYTHONHASHSEED": "0"})
