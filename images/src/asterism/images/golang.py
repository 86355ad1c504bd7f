"""The Go toolchain and every Go program of a node, built from sources that go.sum pins."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from asterism.config import versions
from asterism.images import source
from asterism.images.chroot import Chroot
from asterism.images.keys import content_key, file_digest, files_below, tree_digest
from asterism.images.workshop import Job, Workshop

STRIPPED = "-s -w"


@dataclass(frozen=True, slots=True)
class Program:
    """One Go program: its file name, its package, and how it differs from a plain static build."""

    name: str
    package: str
    tags: str = ""
    ldflags: str = STRIPPED


class SuiteBinary(Program):
    """The tests of a package as a program."""


def kubernetes_ldflags() -> str:
    """Stamp the version into the two packages that report it; kubeadm refuses to work without."""
    major, minor, _ = versions.KUBERNETES.removeprefix("v").split(".")
    stamp = {
        "gitVersion": versions.KUBERNETES,
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "gitCommit": versions.KUBERNETES,
        "buildDate": "1970-01-01T00:00:00Z",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    flags = [f"-X {path}.{name}={value}" for path in packages for name, value in stamp.items()]
    return " ".join([STRIPPED, *flags])


_CONTAINERD = "github.com/containerd/containerd/v2/cmd"
_CONTAINERD_TAGS = "no_btrfs,no_devmapper,no_zfs,no_aufs"
_CNI = "github.com/containernetworking/plugins/plugins"

CNI_PLUGINS = ("bridge", "host-local", "loopback", "portmap", "ptp")

KUBE = (
    Program("kube", ".", "nocgo", kubernetes_ldflags()),
    Program("agnhost", "k8s.io/kubernetes/test/images/agnhost"),
)
RUNTIME = (
    Program("containerd", f"{_CONTAINERD}/containerd", _CONTAINERD_TAGS),
    Program("containerd-shim-runc-v2", f"{_CONTAINERD}/containerd-shim-runc-v2", _CONTAINERD_TAGS),
    Program("ctr", f"{_CONTAINERD}/ctr", _CONTAINERD_TAGS),
    Program("bridge", f"{_CNI}/main/bridge"),
    Program("host-local", f"{_CNI}/ipam/host-local"),
    Program("loopback", f"{_CNI}/main/loopback"),
    Program("portmap", f"{_CNI}/meta/portmap"),
    Program("ptp", f"{_CNI}/main/ptp"),
    Program("coredns", "github.com/coredns/coredns"),
    Program("etcd", "go.etcd.io/etcd/server/v3"),
    Program("etcdctl", "go.etcd.io/etcd/etcdctl/v3"),
)
SEED = (Program("seed", "."),)


def toolchain(shop: Workshop) -> Path:
    """The directory GOROOT of the pinned toolchain."""
    lock = source.GO / "toolchain.lock"

    def fetch(job: Job) -> None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
        job.run([*pip, "--require-hashes", "--target", job.out, "--requirement", lock])

    key = content_key("toolchain", file_digest(lock))
    return shop.make("go-toolchain", "Go toolchain", key, fetch) / "go"


def programs(shop: Workshop, goroot: Path, module: str, wanted: tuple[Program, ...]) -> Path:
    """The directory of the built `wanted` programs of `images/go/MODULE`."""
    folder = source.GO / module

    def build(job: Job) -> None:
        for program in wanted:
            argv = [str(goroot / "bin" / "go"), *_build_words(program, job.out / program.name)]
            job.run(argv, env=environment(shop, goroot), cwd=folder)

    inputs = tree_digest(folder, files_below(folder))
    key = content_key(_toolchain_key(goroot), inputs, repr(wanted))
    return shop.make(f"go-{module}", f"Go programs: {module}", key, build)


def runc(shop: Workshop, goroot: Path, tools: Chroot) -> Path:
    """The directory of runc: it needs C for seccomp, so it is compiled in the tools root."""
    folder = source.GO / "runtime"
    program = Program(
        "runc",
        "github.com/opencontainers/runc",
        "seccomp,netgo,osusergo",
        f"{STRIPPED} -extldflags -static",
    )

    def build(job: Job) -> None:
        cache = shop.cache / "go"
        binds = {goroot: "/mnt/go", folder: "/mnt/src", cache: "/mnt/cache", job.out: "/mnt/out"}
        settings = _settings(Path("/mnt/cache"), Path("/mnt/go"))
        words = ["/mnt/go/bin/go", "-C", "/mnt/src", *_build_words(program, Path("/mnt/out/runc"))]
        # Sources come by the host's network and settings; the tools root has neither.
        fetch = [str(goroot / "bin" / "go"), "mod", "download"]
        job.run(fetch, env=environment(shop, goroot), cwd=folder)
        tools.run(job, *words, binds=binds, env={**settings, "CGO_ENABLED": "1", "GOPROXY": "off"})

    inputs = tree_digest(folder, files_below(folder))
    key = content_key(_toolchain_key(goroot), inputs, repr(program), tools.root.parent.name)
    return shop.make("go-runc", "Go programs: runc with seccomp", key, build)


def environment(shop: Workshop, goroot: Path) -> dict[str, str]:
    """What a static build on the host needs beside the caller's environment."""
    path = os.environ.get("PATH", "/usr/bin:/bin")
    return {**_settings(shop.cache / "go", goroot), "CGO_ENABLED": "0", "PATH": path}


def _settings(cache: Path, goroot: Path) -> dict[str, str]:
    return {
        "GOROOT": str(goroot),
        "GOCACHE": str(cache / "build"),
        "GOMODCACHE": str(cache / "mod"),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "",
        "GOWORK": "off",
    }


def _build_words(program: Program, out: Path) -> list[str]:
    # -buildvcs=false: the checkout's commit must not change what is built.
    tags = ["-tags", program.tags] if program.tags else []
    verb = ["test", "-c"] if isinstance(program, SuiteBinary) else ["build"]
    words = [*verb, "-trimpath", "-buildvcs=false", *tags, "-ldflags", program.ldflags]
    return [*words, "-o", str(out), program.package]


def _toolchain_key(goroot: Path) -> str:
    return goroot.parent.name
