"""A host that misleads the owner's command line on its way to a running or half-made cluster."""

import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from asterism.atls.messages import Message
from asterism.cluster.home import OwnerHome
from asterism.config import network, paths
from asterism.e2e import detour, hostile
from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted, unique_name
from asterism.e2e.home import Home
from asterism.e2e.interruption import create_and_kill
from asterism.e2e.lab.attackers import ManInTheMiddle
from asterism.e2e.refused import expect_refusal
from asterism.e2e.tampered import TamperedImage
from asterism.machine.makers import export_anchors
from asterism.machine.makers.store import MakerStore

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(240)]

MACHINES = "machines"
JSON_ERRORS = ("--log-format", "json")


@pytest.fixture
def half_made(clusters: ClusterFactory, confidential_cluster: Cluster, tmp_path: Path) -> Cluster:
    """A cluster whose machines run and wait for their owner; `create` was killed there."""
    cluster = clusters.adopt(unique_name())
    after = confidential_cluster.steps.index(MACHINES) + 1
    done = create_and_kill(clusters.home, cluster.name, after=after, log=tmp_path / "log")
    assert MACHINES in done.steps
    return cluster


@pytest.mark.attack("J11", refused="ATT-002")
def test_a_man_in_the_middle_at_create_learns_nothing(
    half_made: Cluster, confidential_cluster: Cluster
) -> None:
    """J11: `create` ends with exit code 6; its hello and its refusal are all that left it."""
    machine = half_made.machine("cp-1").name
    man = ManInTheMiddle(server_name=network.attest_server_name(machine))
    relay = (detour.ADDRESS, detour.relay_port(half_made))

    def sit(caller: socket.socket) -> None:
        man.sit_between(caller, socket.create_connection(relay))

    with detour.listening(sit) as port, detour.led_to(half_made, port):
        done = half_made.home.asterism(
            *JSON_ERRORS, "cluster", "create", half_made.name, check=False
        )
    expect_refusal(done, "ATT-002")
    assert names_of(man.victim_said()) == ["Hello", "Verdict"]
    owner = OwnerHome.current(half_made.home.environment()).owner_key()
    assert owner.public not in man.from_victim
    half_made.asterism("cluster", "create", half_made.name, timeout=180)
    confidential_cluster.wait_ready()


def names_of(messages: list[Message]) -> list[str]:
    """Which messages these are."""
    return [type(message).__name__ for message in messages]


@pytest.mark.attack("A12", refused="ATT-211")
def test_another_genuine_cluster_is_refused(
    confidential_cluster: Cluster, clusters: ClusterFactory
) -> None:
    """A12: led to a cluster of the same owner and image, every command notices."""
    other = clusters.create()
    with (
        detour.listening(detour.straight_to(other)) as port,
        detour.led_to(confidential_cluster, port),
    ):
        for verb in ("verify", "status"):
            done = confidential_cluster.home.asterism(
                *JSON_ERRORS, "cluster", verb, confidential_cluster.name, check=False
            )
            expect_refusal(done, "ATT-211")
    confidential_cluster.asterism("cluster", "verify", confidential_cluster.name)


@pytest.mark.attack("V08", refused="ATT-112")
def test_a_debug_guest_is_refused(asterism_home: Home) -> None:
    """V08: the host launches the owner's machines with the debug flag."""
    misled = ClusterFactory(hostile.on_host(asterism_home, hostile.FOLDER / "debug_guest"))
    expect_create_refused(misled, "ATT-112")


@pytest.mark.attack("V13", refused="ATT-103")
def test_hardware_of_makers_that_the_owner_did_not_import_is_refused(
    image_folder: Path, tmp_path: Path
) -> None:
    """V13: and the host names its makers wherever it can: folders, environment, image, state."""
    stranger = Home.make(tmp_path / "home")
    stranger.asterism("trust", "import", "--emulated")
    for kind, pem in export_anchors(MakerStore(tmp_path / "makers")).items():
        root = tmp_path / f"{kind}.pem"
        root.write_bytes(pem)
        stranger.asterism("trust", "import", "--replace", "--format", kind, root)
    image = TamperedImage.of(image_folder, tmp_path / "image").folder
    places = (Path("/etc/asterism"), paths.STATE / "anchors", image / "anchors")
    with planted(export_anchors(MakerStore()), *places) as variables:
        expect_create_refused(
            ClusterFactory(stranger), "ATT-103", image=str(image), extra=variables
        )


@pytest.mark.attack("V13", refused="ATT-011")
def test_a_cluster_for_production_is_refused_on_emulated_hardware(
    clusters: ClusterFactory,
) -> None:
    """V13: before any machine is made."""
    cluster = clusters.adopt(unique_name())
    for_production = ("--set", "policy.production=true")
    done = clusters.home.asterism(
        *JSON_ERRORS, "cluster", "create", cluster.name, *for_production, check=False
    )
    expect_refusal(done, "ATT-011")
    assert not cluster.folder.exists() or not cluster.machines


@contextmanager
def planted(roots: Mapping[str, bytes], *places: Path) -> Iterator[dict[str, str]]:
    """Roots in folders that nobody else has; gives variables by which they might be found."""
    with ExitStack() as planting:
        for place in places:
            place.mkdir()
            planting.callback(shutil.rmtree, place)
            (place / "anchors").mkdir()
            for kind, pem in roots.items():
                (place / f"{kind}.pem").write_bytes(pem)
                (place / "anchors" / f"{kind}.pem").write_bytes(pem)
        variables = {f"ASTERISM_{kind.upper()}_ANCHORS": f"{kind}.pem" for kind in roots}
        variables |= {"ASTERISM_ANCHORS": "anchors", "SSL_CERT_DIR": ""}
        yield {name: str(places[0] / below) for name, below in variables.items()}


def expect_create_refused(
    clusters: ClusterFactory,
    *error_ids: str,
    image: str | None = None,
    extra: Mapping[str, str] | None = None,
) -> None:
    """`create` ends with exit code 6 and names every one of `error_ids`; then all is deleted."""
    cluster = clusters.adopt(unique_name())
    small = Wanted(workers=0, image=image).arguments()
    create = (*JSON_ERRORS, "cluster", "create", cluster.name, *small)
    try:
        done = clusters.home.asterism(*create, check=False, extra=extra)
        expect_refusal(done, *error_ids)
    finally:
        clusters.close()
