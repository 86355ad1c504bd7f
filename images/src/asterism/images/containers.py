"""Which container images every node carries, and what their layers hold.

Every program comes from the same build as the node's own, and the file system tools of kube-proxy
from the node's Debian root, so nothing is fetched from a container registry.
"""

from dataclasses import dataclass
from pathlib import Path

from asterism.config import versions
from asterism.images import closure, oci, source
from asterism.images.chroot import Chroot
from asterism.images.keys import content_key, file_digest
from asterism.images.oci import Directory, Entry, File, Image, Link, layer, write_layout
from asterism.images.workshop import Job, Workshop

KUBE_NAMES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
BASE: tuple[Entry, ...] = (
    File(
        "etc/passwd",
        b"root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
    ),
    File("etc/group", b"root:x:0:\nnogroup:x:65534:\n"),
    File("etc/nsswitch.conf", b"hosts: files dns\n"),
    Directory("tmp", 0o1777),
)
XTABLES = "/usr/lib/x86_64-linux-gnu/xtables"
NET_PROGRAMS = ("/usr/sbin/nft", "/usr/sbin/xtables-nft-multi", "/usr/sbin/conntrack")
NET_LINKS = tuple(
    f"{family}{verb}" for family in ("iptables", "ip6tables") for verb in ("", "-save", "-restore")
)
SHELL_NAMES = (
    *("sh", "ash", "cat", "cp", "date", "dd", "df", "echo", "env", "false", "free", "grep", "head"),
    *("hostname", "id", "ip", "ls", "mkdir", "mount", "nc", "nslookup", "ping", "ps", "rm", "sed"),
    *("seq", "sleep", "stat", "tail", "test", "touch", "true", "wget"),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the programs of the layers lie."""

    kube: Path
    runtime: Path
    node: Chroot
    tools: Chroot


def layout(shop: Workshop, parts: Parts) -> Path:
    """The tar file with every image of a node as one OCI layout."""

    def build(job: Job) -> None:
        write_layout(job.out / "images.tar", images(job, parts))

    made_from = (parts.kube, parts.runtime, parts.node.root.parent, parts.tools.root.parent)
    pause = file_digest(source.CHECKOUT / "images" / "pause" / "pause.c")
    recipe = [file_digest(Path(path)) for path in (__file__, oci.__file__, closure.__file__)]
    key = content_key(*(path.name for path in made_from), pause, *recipe)
    return shop.make("containers", "Container images", key, build) / "images.tar"


def images(job: Job, parts: Parts) -> list[Image]:
    """The images, those of the control plane sharing one layer."""
    base = layer(BASE)
    kube_links = tuple(Link(f"usr/local/bin/{name}", "kube") for name in KUBE_NAMES)
    kube = layer([File("usr/local/bin/kube", parts.kube / "kube", executable=True), *kube_links])
    etcd = layer(_programs(parts.runtime, "usr/local/bin", "etcd", "etcdctl"))
    coredns = layer(_programs(parts.runtime, "", "coredns"))
    registry, version = versions.REGISTRY, versions.KUBERNETES
    return [
        *(
            Image(f"{registry}/{name}:{version}", (base, kube), (f"/usr/local/bin/{name}",))
            for name in KUBE_NAMES[:3]
        ),
        Image(
            f"{registry}/kube-proxy:{version}",
            (base, kube, layer(_net_tools(job, parts.node))),
            ("/usr/local/bin/kube-proxy",),
        ),
        Image(f"{registry}/etcd:{versions.ETCD_TAG}", (base, etcd), ("/usr/local/bin/etcd",)),
        Image(f"{registry}/coredns/coredns:{versions.COREDNS_TAG}", (base, coredns), ("/coredns",)),
        Image(versions.PAUSE_IMAGE, (base, layer([_pause(job, parts.tools)])), ("/pause",)),
        Image(versions.AGNHOST_IMAGE, (base, layer(_agnhost(parts))), ("/agnhost",), ("pause",)),
    ]


def _programs(folder: Path, target: str, *names: str) -> list[Entry]:
    return [File(f"{target}/{name}", folder / name, executable=True) for name in names]


def _agnhost(parts: Parts) -> list[Entry]:
    """Kubernetes' own test image: the program, and a shell with the tools that tests call."""
    busybox = File("bin/busybox", parts.tools.root / "usr/bin/busybox", executable=True)
    links = [Link(f"bin/{name}", "busybox") for name in SHELL_NAMES]
    return [*_programs(parts.kube, "", "agnhost"), busybox, *links]


def _pause(job: Job, tools: Chroot) -> File:
    """The program that holds a pod's namespaces, compiled by the tools' compiler."""
    folder = source.CHECKOUT / "images" / "pause"
    options = ("-Os", "-static", "-s", "-Wl,--build-id=none")
    argv = ("gcc", *options, "-o", "/mnt/out/pause", "/mnt/c/pause.c")
    tools.run(job, *argv, binds={folder: "/mnt/c", job.out: "/mnt/out"})
    compiled = job.out / "pause"
    content = compiled.read_bytes()
    compiled.unlink()
    return File("pause", content, executable=True)


def _net_tools(job: Job, node: Chroot) -> list[Entry]:
    """nftables, iptables and conntrack with every library that they load, from the node's root."""
    plugins = [f"{XTABLES}/{path.name}" for path in sorted((node.root / XTABLES[1:]).iterdir())]
    files = closure.closure(job, node, [*NET_PROGRAMS, *plugins])
    commands = [Link(f"usr/sbin/{name}", "xtables-nft-multi") for name in NET_LINKS]
    return [*files, *commands, *closure.MERGED]
