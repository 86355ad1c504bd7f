"""HST-*: what the host lacks (doctor). Exit code 7."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "HST-001",
        "not root",
        "Machines are namespaces, mounts and control groups, which only root may make.",
        "Run the command with sudo.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-002",
        "namespaces missing",
        "The kernel or a sandbox around this host does not let root make the namespaces of a node.",
        "Use a kernel with mnt, pid, net, uts, ipc and cgroup namespaces, outside of a container "
        "that forbids them.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-003",
        "control groups missing",
        "Neither a unified hierarchy with the needed controllers nor the version 1 hierarchies "
        "are mounted under /sys/fs/cgroup.",
        "Mount cgroup2 on /sys/fs/cgroup, or one version 1 hierarchy for each missing controller.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-004",
        "no erofs",
        "The kernel cannot mount erofs, the file system of node images.",
        "Load the module (`modprobe erofs`) or use a kernel with CONFIG_EROFS_FS.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-005",
        "no overlayfs",
        "The kernel cannot mount overlay, which a node and its containers need.",
        "Load the module (`modprobe overlay`) or use a kernel with CONFIG_OVERLAY_FS.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-006",
        "a program is missing",
        "A program that the host part calls is not installed.",
        "Install it; on Debian: `apt install swtpm swtpm-tools iproute2 nftables`.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-007",
        "too little memory",
        "A control plane needs about 1 GiB and a worker 300 MiB besides what the host uses.",
        "Close other programs, delete other clusters, or create fewer nodes.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-008",
        "too little disk space",
        "Images, state disks and logs need a few GiB under /var/lib/asterism.",
        "Make room there; `asterism image prune` removes images that no cluster uses.",
        ExitCode.HOST_PRECONDITION,
    ),
)
