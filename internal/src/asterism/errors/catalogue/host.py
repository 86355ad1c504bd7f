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
        "Install it; on Debian: `apt install swtpm swtpm-tools iproute2 nftables util-linux`.",
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
    Entry(
        "HST-009",
        "no loop devices",
        "This kernel mounts node images by loop devices, and /dev/loop-control is not there.",
        "Load the module (`modprobe loop`) or use kernel 6.12 or later, which does without.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-010",
        "a device is missing",
        "A node gets a fixed list of devices from the host; one of them is not in /dev.",
        "Load its module (`modprobe fuse` for /dev/fuse), or make the device available to the "
        "container that this runs in.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-011",
        "no virtual network",
        "The kernel refused a veth pair or a bridge, of which the network of a cluster is made.",
        "Load the modules (`modprobe veth bridge`) or use a kernel with CONFIG_VETH and "
        "CONFIG_BRIDGE.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-012",
        "no nftables",
        "The kernel refused a table with address translation, by which services are reached.",
        "Load the modules (`modprobe nf_tables nft_chain_nat`) or use a kernel with "
        "CONFIG_NF_TABLES and CONFIG_NFT_NAT.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-013",
        "too few inotify instances",
        "Everything in the nodes that watches files shares root's budget on this computer; with "
        "too little of it kube-proxy and kubelet fail with `too many open files`.",
        "Raise it: `sudo sysctl -w fs.inotify.max_user_instances=1024`; `make packages` does it "
        "for good.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-014",
        "the clock is wrong",
        "Certificates would be made for a time that is not now: the clock is years off, or behind "
        "what this computer made before.",
        "Set the clock, e.g. `sudo timedatectl set-ntp true`, then repeat the command.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-015",
        "nothing keeps the clock right",
        "The kernel was not told lately that its clock is right, so it may drift until "
        "certificates are refused. A cluster can be made all the same.",
        "Run a time service, e.g. `sudo apt install systemd-timesyncd`.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "HST-016",
        "the state directory cannot be written",
        "Everything of a cluster lies under /var/lib/asterism/clusters, which is read-only.",
        "Mount that file system for writing, or another one in its place.",
        ExitCode.HOST_PRECONDITION,
    ),
)
