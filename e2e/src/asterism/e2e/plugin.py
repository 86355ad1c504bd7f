"""The pytest plugin `asterism`: confidential clusters as fixtures (docs/harness.md).

`confidential_cluster` is the shared cluster of the session, `clusters` makes others that live as
long as the test. Both need root; without it their tests are skipped. The plugin is loaded into
every pytest run of its environment, so it imports next to nothing by itself.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asterism.e2e import options

if TYPE_CHECKING:
    from asterism.e2e.capture.underlay import Capture
    from asterism.e2e.cluster import Cluster
    from asterism.e2e.factory import ClusterFactory, Wanted
    from asterism.e2e.home import Home

_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of docs/harness.md."""
    options.add(parser)


@pytest.fixture(scope="session")
def asterism_home(tmp_path_factory: pytest.TempPathFactory) -> "Home":
    """A home of the test session's own, which trusts the emulated makers of this host."""
    from asterism.e2e.home import Home

    _require_root()
    home = Home.make(tmp_path_factory.mktemp("home"))
    home.asterism("trust", "import", "--emulated")
    return home


@pytest.fixture(scope="session")
def asterism_wanted(pytestconfig: pytest.Config) -> "Wanted":
    """What the shared cluster is like: from the options. Replace it in a conftest.py at will."""
    from asterism.e2e.factory import Wanted

    return Wanted(
        control_planes=int(options.value(pytestconfig, "control-planes")),
        workers=int(options.value(pytestconfig, "workers")),
        tee=options.value(pytestconfig, "tee"),
        image=options.value(pytestconfig, "image"),
    )


@pytest.fixture(scope="session")
def _captures(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Where captures of all clusters go, if they are wanted."""
    wanted = options.is_set(pytestconfig, "capture")
    return tmp_path_factory.mktemp("captures") if wanted else None


@pytest.fixture(scope="session")
def _session_clusters(
    asterism_home: "Home", asterism_wanted: "Wanted", _captures: Path | None
) -> "Iterator[ClusterFactory]":
    from asterism.e2e.factory import ClusterFactory

    factory = ClusterFactory(asterism_home, asterism_wanted.image or "current", _captures)
    yield factory
    factory.close()


@pytest.fixture(scope="session")
def _shared_cluster(_session_clusters: "ClusterFactory", asterism_wanted: "Wanted") -> "Cluster":
    cluster = _session_clusters.create(asterism_wanted)
    cluster.wait_ready()
    return cluster


@pytest.fixture
def confidential_cluster(
    request: pytest.FixtureRequest, _shared_cluster: "Cluster"
) -> "Iterator[Cluster]":
    """The session's shared cluster, running. Leave it as you found it."""
    yield _shared_cluster
    _report(request.node, [_shared_cluster.name], [_shared_cluster])


@pytest.fixture
def clusters(
    request: pytest.FixtureRequest, _session_clusters: "ClusterFactory"
) -> "Iterator[ClusterFactory]":
    """Makes clusters that are deleted when the test ends, however it ends."""
    factory = _session_clusters.for_one_test()
    yield factory
    _report(request.node, factory.names, factory.made)
    if _failed(request.node) and options.is_set(request.config, "keep"):
        return
    factory.close()


@pytest.fixture
def underlay_capture(confidential_cluster: "Cluster", tmp_path: Path) -> "Iterator[Capture]":
    """What passes between the machines of the shared cluster during the test."""
    from asterism.e2e.capture.underlay import underlay

    with underlay(confidential_cluster.name, tmp_path / "underlay.pcap") as capture:
        yield capture


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails the test if its own clusters leave anything on the host.

    Whatever other clusters, the shared one included, make and take away meanwhile is no matter.
    """
    from asterism.e2e import factory
    from asterism.e2e.leaks import Footprint
    from asterism.e2e.waiting import eventually

    ours = factory.asked_for_later()
    before = Footprint.of_host(ours=ours)
    yield

    def expect_no_change() -> None:
        after = Footprint.of_host(ours=ours)
        assert not after.added_since(before), f"left behind: {after.added_since(before)}"
        assert not before.added_since(after), f"taken away: {before.added_since(after)}"

    eventually(expect_no_change, within=3)


@pytest.fixture(scope="session")
def image_folder(asterism_wanted: "Wanted") -> Path:
    """The node image that clusters boot."""
    from asterism.cluster import image
    from asterism.errors import UserError

    try:
        return image.find(asterism_wanted.image or image.CURRENT).directory
    except UserError as exc:
        pytest.skip(f"no node image, run `make image`: {exc}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember for the fixtures that a test failed."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


def _failed(item: pytest.Item) -> bool:
    return item.stash.get(_FAILED, False)


def _report(item: pytest.Item, names: list[str], clusters: "list[Cluster]") -> None:
    """Name its clusters in the JUnit report; of a failed test keep what those left can tell."""
    item.user_properties.extend(("cluster", name) for name in names)
    if not _failed(item):
        return
    from asterism.e2e import artefacts

    folder = artefacts.folder_for(item.nodeid, Path(options.value(item.config, "artefacts")))
    for cluster in clusters:
        artefacts.collect(cluster, folder)
    item.user_properties.append(("artefacts", str(folder)))
    item.add_report_section("teardown", "artefacts", str(folder))


def _require_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("clusters of emulated machines need root")
