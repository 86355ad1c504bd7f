"""J01, J02, J09, V13: machines that ask a running cluster for a place they must not have."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from asterism.config import network
from asterism.e2e import hostile, twin_image, twins
from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted
from asterism.e2e.machine import Machine
from asterism.e2e.refused import expect_in_journal
from asterism.e2e.tampered import TamperedImage
from asterism.e2e.waiting import eventually
from asterism.machine.makers import export_anchors
from asterism.machine.makers.store import MakerStore
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.store import MachineDir

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]


@contextmanager
def copy_of(
    machine: Machine,
    cluster: Cluster,
    *,
    image: TamperedImage | None = None,
    number: int = 0,
) -> Iterator[Machine]:
    """Another machine that the host starts with the same initdata, and its image or another."""
    provider = SandboxProvider()
    spec = replace(
        machine.spec,
        machine=f"{cluster.name}-copy-{number}",
        address=network.UNDERLAY[99 + number],
        image_dir=image.folder if image else machine.spec.image_dir,
    )
    try:
        provider.create(spec, machine.folder.initdata_file.read_bytes())
        provider.start(cluster.name, spec.machine)
        yield Machine(MachineDir.of(cluster.name, spec.machine))
    finally:
        provider.delete(cluster.name, spec.machine)


@pytest.mark.attack("J02", refused="JOI-004")
@pytest.mark.attack("J09", refused="JOI-004")
def test_a_grant_used_twice_is_refused_and_disturbs_nobody(confidential_cluster: Cluster) -> None:
    """J09: a second machine with a worker's initdata is refused; the worker stays the worker."""
    worker = confidential_cluster.workers[0]
    with copy_of(worker, confidential_cluster) as copy:
        eventually(lambda: expect_in_journal(copy, "JOI-004"), within=60, every=1)
        control_plane = confidential_cluster.control_planes[0]
        eventually(lambda: expect_in_journal(control_plane, "JOI-004"), within=10, every=1)
        assert worker.name in confidential_cluster.ready_nodes()
        members = json.loads(
            confidential_cluster.asterism(
                "cluster", "status", confidential_cluster.name, "-o", "json"
            )
        )["nodes"]
        assert {member["name"] for member in members} == confidential_cluster.ready_nodes()
    confidential_cluster.asterism("cluster", "verify", confidential_cluster.name)


@pytest.mark.twin("J09")
@pytest.mark.timeout(400)
def test_twin_of_a_grant_used_twice(clusters: ClusterFactory, tmp_path: Path) -> None:
    """J09: with that one rule gone from the nodes' image, the copy is given the worker's place."""
    image = TamperedImage(twin_image.build(twins.load("J09"), tmp_path))
    image.vouch(clusters.home)
    cluster = clusters.create(Wanted(image=str(image.folder)))
    worker = cluster.workers[0]
    with copy_of(worker, cluster) as copy:
        eventually(lambda: expect_member(copy, worker.name), within=60, every=1)


def expect_member(machine: Machine, name: str) -> None:
    """The node says that it joined as `name`."""
    assert f"member {name}" in machine.journal(), f"{machine.name} is no member"


def other_command_line(image: TamperedImage) -> None:
    """One word of the kernel's."""
    image.change_command_line("audit=0", "audit=1")


def other_root(image: TamperedImage) -> None:
    """One byte of the file that holds the agent and all else that runs, and its hash."""
    image.flip_root_byte()
    image.name_the_root_as_it_is()


MODIFIED = (other_command_line, TamperedImage.flip_kernel_byte, other_root)


@pytest.mark.attack("J01", refused=("ATT-110", "ATT-210"))
def test_modified_machines_never_become_nodes(
    confidential_cluster: Cluster, image_folder: Path, tmp_path: Path
) -> None:
    """J01: another command line, kernel or bootstrapper, each with a worker's own grant."""
    worker, (control_plane,) = confidential_cluster.workers[0], confidential_cluster.control_planes
    before = nodes(confidential_cluster)
    with ExitStack() as machines:
        for number, modify in enumerate(MODIFIED):
            image = TamperedImage.of(image_folder, tmp_path / modify.__name__)
            modify(image)
            copy = copy_of(worker, confidential_cluster, image=image, number=number)
            asking = machines.enter_context(copy)
            eventually(partial(expect_in_journal, asking, "ATT-110"), within=30, every=0.5)
        for error_id in ("ATT-110", "ATT-210"):
            expect_in_journal(control_plane, error_id)
        assert nodes(confidential_cluster) == before
    expect_undisturbed(confidential_cluster)


@pytest.mark.attack("V13", refused="ATT-103")
def test_machines_of_makers_that_only_the_host_and_tenants_name_are_refused(
    confidential_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V13: their roots in a ConfigMap, in the node's own folders, and in its environment."""
    worker, (control_plane,) = confidential_cluster.workers[0], confidential_cluster.control_planes
    makers = MakerStore(tmp_path / "makers")
    roots = export_anchors(makers)
    before = nodes(confidential_cluster)
    monkeypatch.setenv("PYTHONPATH", str(hostile.FOLDER / "strange_makers"))
    monkeypatch.setenv("STRANGE_MAKERS", str(makers.path))
    with ExitStack() as planted:
        for place in (in_config_map, in_node, in_agents_environment):
            planted.enter_context(place(confidential_cluster, control_plane, roots))
        with copy_of(worker, confidential_cluster) as copy:
            eventually(partial(expect_in_journal, copy, "ATT-103"), within=30, every=0.5)
            expect_in_journal(control_plane, "ATT-103")
            assert nodes(confidential_cluster) == before
    expect_undisturbed(confidential_cluster)


Roots = dict[str, bytes]
ANCHOR_FOLDERS = ("/etc/asterism/anchors", "/var/lib/asterism/anchors", "/run/asterism/anchors")


@contextmanager
def in_config_map(cluster: Cluster, _machine: Machine, roots: Roots) -> Iterator[None]:
    """Roots where a tenant with rights in kube-system could put them."""
    named = ("-n", "kube-system", "configmap", "asterism-anchors")
    data = [f"--from-literal={kind}.pem={pem.decode()}" for kind, pem in roots.items()]
    cluster.kubectl("create", *named, *data)
    try:
        yield
    finally:
        cluster.kubectl("delete", *named)


@contextmanager
def in_node(_cluster: Cluster, machine: Machine, roots: Roots) -> Iterator[None]:
    """Roots in every folder of the node that could mean something."""
    for folder in ANCHOR_FOLDERS:
        for kind, pem in roots.items():
            machine.write(f"{folder}/{kind}.pem", pem)
    try:
        yield
    finally:
        machine.run("rm", "-r", *ANCHOR_FOLDERS)


@contextmanager
def in_agents_environment(_cluster: Cluster, machine: Machine, roots: Roots) -> Iterator[None]:
    """Roots in the environment of all units, and the agent begun anew under it."""
    folder, *_ = ANCHOR_FOLDERS
    variables = [f"ASTERISM_{kind.upper()}_ANCHORS={folder}/{kind}.pem" for kind in roots]
    variables.append(f"ASTERISM_ANCHORS={folder}")
    names = [variable.partition("=")[0] for variable in variables]
    machine.run("systemctl", "set-environment", *variables)
    machine.run("systemctl", "restart", "asterism-agent.service")
    try:
        yield
    finally:
        machine.run("systemctl", "unset-environment", *names)
        machine.run("systemctl", "restart", "asterism-agent.service")


def nodes(cluster: Cluster) -> set[str]:
    """What `kubectl get nodes` lists."""
    return {node["metadata"]["name"] for node in cluster.get("nodes")["items"]}


def expect_undisturbed(cluster: Cluster) -> None:
    """All nodes serve, and the owner verifies every one."""
    cluster.wait_ready()
    cluster.asterism("cluster", "verify", cluster.name)
