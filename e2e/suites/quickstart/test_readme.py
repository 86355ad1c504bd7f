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
PROPOSED = re.compile(r"^(?:Try:)? +((?:kubectl|asterism) .*)$", re.MULTILINE)
OWN_SUITE = "asterism test conformance"
BLOCK = re.compile(r"<!-- quickstart:.*?-->\n```sh\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    """The lines of the README that a reader runs once his cluster is there."""
    found = BLOCK.search(README.read_text())
    assert found is not None, "the README has no quickstart block"
    return found[1].splitlines()


def test_every_line_of_the_quickstart_works(confidential_cluster: Cluster, tmp_path: Path) -> None:
    """With `kubectl` and `asterism` on the PATH, each line ends with exit code 0."""
    try:
        for line in commands():
            here = line.replace("asterism-local", confidential_cluster.context)
            here = re.sub(r"\blocal$", confidential_cluster.name, here)
            run(confidential_cluster, here, tmp_path)
    finally:
        confidential_cluster.kubectl("delete", "deployment", "hello", "--ignore-not-found")


def day_to_day() -> list[str]:
    """The lines of the README's table, in its order: what one saves, a later one reads."""
    table = README.read_text().partition("## Day to day")[2].partition("\n## ")[0]
    return re.findall(r"`(asterism [^`]*)`", table)


def test_every_line_of_the_table_works(confidential_cluster: Cluster, tmp_path: Path) -> None:
    """All but those with a suite of their own; a cluster that would be made is only planned."""
    lines = [line for line in day_to_day() if not line.startswith(OWN_SUITE)]
    assert len(lines) >= 8
    for line in lines:
        here = re.sub(r"\blocal\b", confidential_cluster.name, line)
        if here.startswith("asterism cluster create") and "--dry-run" not in here:
            here += " --dry-run"
        run(confidential_cluster, here, tmp_path)


def test_the_lines_that_create_prints_work(confidential_cluster: Cluster, tmp_path: Path) -> None:
    """Whatever `create` proposes at its end ends with exit code 0; here it finds all done."""
    shown = confidential_cluster.asterism("cluster", "create", confidential_cluster.name)
    proposed = PROPOSED.findall(shown)
    assert len(proposed) >= 2
    for line in proposed:
        run(confidential_cluster, line, tmp_path)


def run(cluster: Cluster, line: str, folder: Path) -> None:
    """Run a command line as the owner, with `kubectl` and `asterism` of this checkout."""
    programs = {"kubectl": str(kubectl.program()), "asterism": program()[0]}
    words = line.split()
    proc.run([programs[words[0]], *words[1:]], env=cluster.home.environment(), cwd=folder)


def test_the_quickstart_is_short() -> None:
    """At most five commands lead to a cluster that serves."""
    assert len(commands()) <= 5
