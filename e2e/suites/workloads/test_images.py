"""An image of the user's own, brought in without a registry."""

from pathlib import Path

import pytest

from asterism.e2e import oci
from asterism.e2e.cluster import Cluster
from asterism.e2e.pods import Namespace
from asterism.e2e.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.root]

NAME = "registry.test/greeter:1"
MESSAGE = "hello from an image that no registry has\n"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OCI archive with one tiny program."""
    path = tmp_path_factory.mktemp("oci") / "greeter.tar"
    programs = {"/greeter": oci.greeter(MESSAGE)}
    oci.write_archive(path, name=NAME, programs=programs, start="/greeter")
    return path


def test_a_loaded_image_runs_on_every_node(
    archive: Path, namespace: Namespace, confidential_cluster: Cluster
) -> None:
    """`asterism image load` brings an archive to all nodes, and pods start from it."""
    confidential_cluster.asterism(
        "image", "load", str(archive), "--cluster", confidential_cluster.name
    )
    for machine in confidential_cluster.machines:
        namespace.apply(greeter_pod(machine.name))

    def expect_greetings() -> None:
        for machine in confidential_cluster.machines:
            assert namespace.kubectl("logs", f"greeter-{machine.name}") == MESSAGE

    for machine in confidential_cluster.machines:
        namespace.kubectl(
            "wait", f"pod/greeter-{machine.name}", "--for=condition=Ready", "--timeout=30s"
        )
    eventually(expect_greetings, within=10)


def greeter_pod(node: str) -> dict[str, object]:
    """A pod of the loaded image on `node`."""
    container = {"name": "greeter", "image": NAME, "imagePullPolicy": "Never"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"greeter-{node}"},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "terminationGracePeriodSeconds": 0,
            "containers": [container],
        },
    }
