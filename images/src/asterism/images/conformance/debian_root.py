"""The Debian root that the programs of test images come from, and a compiler for busybox."""

from asterism.images import debian, locks, source
from asterism.images.chroot import Chroot
from asterism.images.workshop import Workshop

LOCK = source.CHECKOUT / "images" / "conformance.lock"

ROOT = debian.Root(
    "conformance",
    "trixie",
    "essential",
    (
        # What agnhost and the DNS image carry upstream.
        *("bash", "curl", "bind9-dnsutils", "iproute2", "netcat-openbsd", "iperf", "socat"),
        *("util-linux", "libc-bin", "nginx-light", "stress"),
        # Building busybox.
        *("gcc", "libc6-dev", "make", "bzip2"),
    ),
    sources=("busybox",),
)


def bootstrap(shop: Workshop) -> Chroot:
    """The root, with the packages of its lock; differences to the lock are told, not hidden."""
    pins = debian.committed_lock(LOCK).get(ROOT.name, ())
    made = debian.bootstrap(shop, ROOT, pins)
    for line in locks.difference(pins, made.packages):
        shop.note(f"debian-{ROOT.name}", f"not as locked: {line}")
    return Chroot(made.root)
