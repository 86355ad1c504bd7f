"""Puts a node's file system together inside its own namespaces. Recipe and traps: kubernetes.md.

The measured root is read-only. Nothing of the host's is written into it: /etc gets an empty upper
layer, state comes from the machine's disk, and devices are a fixed list.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from asterism.machine import kernel
from asterism.machine.kernel import Mount
from asterism.machine.providers.sandbox.cgroups import Hierarchies
from asterism.machine.store import DISK_PARTS, MachineDir

SAFE = Mount.NOSUID | Mount.NODEV | Mount.NOEXEC
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "fuse")
DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
TTY_GROUP = 5

PRIVATE_SYSCTLS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
}
"""What kubelet insists on and the kernel has only once: the node sees files of its own."""


@dataclass(frozen=True, slots=True)
class NodeRoot:
    """What a node's file system is made of.

    `lower` is the mounted measured root, `console` the path of the terminal that becomes
    /dev/console.
    """

    machine: MachineDir
    lower: Path
    console: str
    hierarchies: Hierarchies

    @property
    def path(self) -> Path:
        """Where it is put together before it becomes the root."""
        return self.machine.root

    def build(self) -> None:
        """Mount everything, in a mount namespace of the caller's own. Raises OSError."""
        kernel.mount(None, "/", None, Mount.REC | Mount.PRIVATE)
        kernel.bind(self.lower, self.path)
        self._kernel_views()
        self._devices()
        self._writable()
        self._control_groups()
        self._sysctls()

    def enter(self) -> None:
        """Make it the root and let the host's go; mounts made from now on reach containers."""
        os.chdir(self.path)
        kernel.pivot_root_here()
        kernel.mount(None, "/", None, Mount.REC | Mount.SHARED)

    def _kernel_views(self) -> None:
        kernel.mount("proc", self.path / "proc", "proc", SAFE)
        kernel.mount("sysfs", self.path / "sys", "sysfs", SAFE | Mount.RDONLY)

    def _devices(self) -> None:
        dev = self.path / "dev"
        kernel.mount("tmpfs", dev, "tmpfs", Mount.NOSUID, "mode=755")
        for name in DEVICES:
            if Path("/dev", name).exists():
                _bind_file(f"/dev/{name}", dev / name)
        _bind_file("/dev/null", dev / "kmsg")  # the host's kernel log is not the node's to read
        _bind_file(self.console, dev / "console")
        for name in ("pts", "shm", "mqueue"):
            (dev / name).mkdir()
        options = f"newinstance,ptmxmode=0666,mode=620,gid={TTY_GROUP}"
        kernel.mount("devpts", dev / "pts", "devpts", Mount.NOSUID | Mount.NOEXEC, options)
        kernel.mount("tmpfs", dev / "shm", "tmpfs", Mount.NOSUID | Mount.NODEV, "mode=1777")
        kernel.mount("mqueue", dev / "mqueue", "mqueue", SAFE)
        for name, target in DEVICE_LINKS.items():
            (dev / name).symlink_to(target)

    def _writable(self) -> None:
        self._etc_overlay()
        run = self.path / "run"
        kernel.mount("tmpfs", run, "tmpfs", Mount.NOSUID | Mount.NODEV, "mode=755")
        kernel.mount("tmpfs", self.path / "tmp", "tmpfs", Mount.NOSUID | Mount.NODEV, "mode=1777")
        (run / "host").mkdir(mode=0o700)
        kernel.bind(self.machine.host, run / "host")
        for name in DISK_PARTS:
            kernel.bind(self.machine.disk / name, self.path / _place_of(name))

    def _etc_overlay(self) -> None:
        # The overlay keeps the upper side alive by itself: its own mount need not stay visible.
        stage, etc = self.path / "tmp", self.path / "etc"
        kernel.mount("tmpfs", stage, "tmpfs", SAFE, "mode=700")
        upper, work = stage / "upper", stage / "work"
        upper.mkdir(mode=0o755)
        work.mkdir()
        options = f"lowerdir={etc},upperdir={upper},workdir={work}"
        kernel.mount("overlay", etc, "overlay", Mount.NODEV, options)
        kernel.unmount(stage)

    def _control_groups(self) -> None:
        root = self.path / "sys/fs/cgroup"
        if self.hierarchies.unified:
            kernel.mount("cgroup2", root, "cgroup2", SAFE)
            return
        kernel.mount("tmpfs", root, "tmpfs", SAFE, "mode=755")
        for name in self.hierarchies.controllers:
            (root / name).mkdir()
            options = "none,name=systemd" if name == "systemd" else name
            kernel.mount("cgroup", root / name, "cgroup", SAFE, options)

    def _sysctls(self) -> None:
        # One writable proc without mounts on it: the kernel lets a pod in a user namespace mount
        # its own only if such a one is visible (mount_too_revealing in fs/namespace.c).
        private = self.path / "run/.asterism"
        clean = private / "proc"
        private.mkdir(mode=0o700)
        clean.mkdir()
        kernel.mount("proc", clean, "proc", SAFE)
        sys = self.path / "proc/sys"
        kernel.bind(sys, sys)
        kernel.mount(None, sys, None, Mount.BIND | Mount.REMOUNT | Mount.RDONLY | SAFE)
        kernel.bind(clean / "sys/net", sys / "net")
        for key, value in PRIVATE_SYSCTLS.items():
            own = private / key.replace("/", ".")
            own.write_text(f"{value}\n")
            kernel.bind(own, sys / key)
        if memory := self.machine.spec().memory:
            own = private / "meminfo"
            own.write_text(_meminfo(memory))
            kernel.bind(own, self.path / "proc/meminfo")


def _place_of(part: str) -> str:
    return "var/log" if part == "log" else f"var/lib/{part}"


def _meminfo(mebibytes: int) -> str:
    """What the kubelet takes for the size of the machine (proc_meminfo(5)), all of it free."""
    sizes = {"MemTotal": mebibytes << 10, "MemFree": mebibytes << 10}
    sizes |= {"MemAvailable": mebibytes << 10, "SwapTotal": 0, "SwapFree": 0}
    return "".join(f"{name + ':':<16}{size:8} kB\n" for name, size in sizes.items())


def _bind_file(source: str, target: Path) -> None:
    target.touch()
    kernel.bind(source, target)
