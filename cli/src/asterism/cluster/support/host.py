"""Parts that describe the host: versions, what `doctor` says, resources, our processes."""

import json
import os
import platform
from collections.abc import Iterator
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

from asterism import proc
from asterism.cluster import listing
from asterism.cluster.support.part import Part
from asterism.config import paths, versions
from asterism.images import store
from asterism.machine import preflight
from asterism.machine.providers.sandbox import network
from asterism.net import netns

SECONDS = 10.0
MARK = b"asterism"
COMMAND = 300
"""Bytes of a command line that are kept."""


def parts(cluster: str | None) -> Iterator[Part]:
    """The parts for a cluster, or for the host alone."""
    yield Part("versions.json", _versions)
    yield Part("doctor.json", _doctor)
    yield Part("host/clusters.json", _clusters)
    yield Part("host/images.txt", _images)
    yield Part("host/memory.txt", Path("/proc/meminfo").read_bytes)
    yield Part("host/pressure.txt", _pressure)
    yield Part("host/disks.txt", partial(_output, "df", "-h", paths.STATE, "/run"))
    yield Part("host/mounts.txt", partial(_lines_with, Path("/proc/self/mountinfo"), MARK))
    yield Part("host/processes.txt", _processes)
    yield Part("host/kernel.log", _kernel_log)
    if cluster is not None:
        for name, words in (("links", ("-s", "link")), ("addresses", ("addr",))):
            yield Part(f"host/network-{name}.txt", partial(_in_network, cluster, *words))


def _versions() -> bytes:
    found = {
        "kubernetes": versions.KUBERNETES,
        "etcd": versions.ETCD_TAG,
        "coredns": versions.COREDNS_TAG,
        "python": platform.python_version(),
        "kernel": f"{os.uname().release} {os.uname().version}",
        "machine": os.uname().machine,
        "distributions": {item.name: item.version for item in distributions()},
    }
    return _json(found)


def _doctor() -> bytes:
    return _json([check.document() for check in preflight.checks(control_planes=1, workers=1)])


def _clusters() -> bytes:
    fields = ("name", "phase", "machines", "running", "created")
    return _json([{name: getattr(item, name) for name in fields} for item in listing.listing()])


def _images() -> bytes:
    current = store.current().directory.resolve().name
    names = sorted(path.name for path in paths.IMAGES.iterdir() if path.is_dir())
    return "\n".join([f"current: {current}", *names]).encode()


def _pressure() -> bytes:
    files = [Path("/proc/loadavg"), *sorted(Path("/proc/pressure").glob("*"))]
    return b"\n".join(b"%s\n%s" % (file.name.encode(), file.read_bytes()) for file in files)


def _lines_with(path: Path, word: bytes) -> bytes:
    return b"\n".join(line for line in path.read_bytes().splitlines() if word in line)


def _processes() -> bytes:
    """Our own processes with their command lines; those in nodes by their programs' names only."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            in_node = b"/%s/" % MARK in (folder / "cgroup").read_bytes()
            words = (folder / ("comm" if in_node else "cmdline")).read_bytes()
        except OSError:
            continue  # it has ended
        if in_node or MARK in words:
            found.append((int(folder.name), words.replace(b"\0", b" ").strip()[:COMMAND]))
    return b"\n".join(b"%7d %s" % item for item in sorted(found))


def _kernel_log() -> bytes:
    return _output("dmesg", "--time-format", "iso")


def _in_network(cluster: str, *words: str) -> bytes:
    name = network.namespace_of(cluster)
    if not netns.exists(name):
        raise FileNotFoundError(str(netns.path_of(name)))
    return _output("ip", "-netns", name, *words)


def _output(*argv: str | Path) -> bytes:
    return proc.run(argv, timeout=SECONDS).stdout


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()
