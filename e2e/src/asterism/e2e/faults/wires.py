"""The cables between the machines of a cluster: slow, losing frames, or cut.

A bad wire is two-way: what a machine sends and what it gets is late and lost alike.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from asterism import clock, proc
from asterism.config import paths
from asterism.errors import Error
from asterism.machine import store
from asterism.machine.providers.sandbox import network as underlay
from asterism.machine.store import MachineDir
from asterism.net import links, netns

WATCH_SECONDS = 0.05
END_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Quality:
    """Each way: delay in seconds, share of frames lost (0 to 1); losses repeat with `seed`."""

    delay: float = 0.02
    loss: float = 0.0
    seed: int = 0


@contextmanager
def bad_wire(machine: MachineDir, quality: Quality) -> Iterator[None]:
    """Put a wire of this quality between `machine` and its cluster's bridge."""
    namespace, cable = underlay.namespace_of(machine.cluster), machine.link
    inner, outer = f"i{cable[-10:]}", f"o{cable[-10:]}"
    links.configure(
        [
            f"link add {inner} type veth peer name {outer}",
            f"link set {cable} nomaster",
            f"link set {cable} arp off",  # the bridge's namespace must not answer on it
            f"link set {inner} arp off up",
            f"link set {outer} master {underlay.BRIDGE} up",
        ],
        namespace=namespace,
    )
    try:
        with _forwarder(namespace, cable, inner, quality):
            yield
    finally:
        with suppress(Error):  # the machine or its cluster may be gone by now
            links.configure([f"link del {inner}"], namespace=namespace)
            links.configure(
                [f"link set {cable} arp on", f"link set {cable} master {underlay.BRIDGE}"],
                namespace=namespace,
            )


@contextmanager
def bad_wires(cluster: str, quality: Quality) -> Iterator[None]:
    """Bad wires for every machine of `cluster`, each as soon as it is plugged in.

    The cluster need not be there yet: this is for faults during its creation.
    """
    ended = threading.Event()
    with ExitStack() as stack:
        watcher = threading.Thread(target=_watch, args=(cluster, quality, stack, ended))
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


@contextmanager
def cut(machine: MachineDir) -> Iterator[None]:
    """Cut the cable of `machine` for the length of the body."""
    namespace = underlay.namespace_of(machine.cluster)
    links.configure([f"link set {machine.link} down"], namespace=namespace)
    try:
        yield
    finally:
        links.configure([f"link set {machine.link} up"], namespace=namespace)


@contextmanager
def _forwarder(namespace: str, cable: str, inner: str, quality: Quality) -> Iterator[None]:
    numbers = (quality.delay, quality.loss, quality.seed)
    program = [sys.executable, "-m", "asterism.e2e.faults.forwarder", cable, inner]
    argv = ["ip", "netns", "exec", namespace, *program, *map(str, numbers)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n", "the bad wire did not come up"
            yield
        finally:
            process.terminate()
            process.wait(END_TIMEOUT)


def _plugged(namespace: str, cable: str) -> bool:
    if not netns.exists(namespace):
        return False
    shown = proc.run(["ip", "-n", namespace, "-o", "link", "show", "dev", cable], check=False)
    return f"master {underlay.BRIDGE}" in shown.text


def _watch(cluster: str, quality: Quality, stack: ExitStack, ended: threading.Event) -> None:
    spoilt: set[str] = set()
    namespace = underlay.namespace_of(cluster)
    while not ended.is_set():
        for machine in store.machines_in(paths.cluster_dir(cluster)):
            if machine.machine not in spoilt and _plugged(namespace, machine.link):
                stack.enter_context(bad_wire(machine, quality))
                spoilt.add(machine.machine)
        clock.sleep(WATCH_SECONDS)
