"""The README's quickstart, line by line."""

import re
from pathlib import Path

import pytest

from asterism import proc
from asterism.e2e import kubectl
from asterism.e2e.cluster import Cluster
from asterism.e2e.home import program

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]

README = Path(__file__).parents[3] / "README.md"
BLOCK = re.compile(r"<!-- quickstart:.*?-->\n```sh\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    """The lines of the README that a reader runs once his cluster is there."""
    found = BLOCK.search(README.read_text())
    assert found is not None, "the README has no quickstart block"
    return found[1].splitlines()


def test_every_line_of_the_quickstart_works(confidential_cluster: Cluster, tmp_path: Path) -> None:
    """With `kubectl` and `asterism` on the PATH, each line ends with exit code 0."""
    (tmp_path / "kubectl").symlink_to(kubectl.program())
    (tmp_path / "asterism").symlink_to(program()[0])
    environment = confidential_cluster.home.environment()
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    try:
        for line in commands():
            argv = line.replace("asterism-local", confidential_cluster.context).split()
            argv = [confidential_cluster.name if word == "local" else word for word in argv]
            proc.run([tmp_path / argv[0], *argv[1:]], env=environment)
    finally:
        confidential_cluster.kubectl("delete", "deployment", "hello", "--ignore-not-found")


def test_the_quickstart_is_short() -> None:
    """At most five commands lead to a cluster that serves."""
    assert len(commands()) <= 5
