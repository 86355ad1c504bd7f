"""The harness from outside: another project's tests, in a session beside this one."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET  # a report that we wrote ourselves

import pytest

from asterism.e2e.factory import ClusterFactory

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(240)]

TEN_LINES = """\
def test_my_operator(confidential_cluster):
    confidential_cluster.kubectl("create", "configmap", "mine")
    status = confidential_cluster.asterism("cluster", "status", confidential_cluster.name)
    assert "EMULATED" in status


def test_of_my_own_cluster(clusters, nothing_left):
    with clusters() as mine:
        assert len(mine.machines) == 2
"""
SETTINGS = "[pytest]\nasterism_workers = 0\nasterism_capture = yes\n"


@pytest.mark.usefixtures("nothing_left")
def test_ten_lines_of_another_project_run_beside_this_session(
    clusters: ClusterFactory, tmp_path: Path
) -> None:
    """Both sessions make and delete clusters meanwhile, and neither sees the other's as leaks."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_mine.py").write_text(TEN_LINES)
    (project / "pytest.ini").write_text(SETTINGS)
    with start(project) as other:
        with clusters() as ours:
            ours.wait_ready()
        said, _ = other.communicate(timeout=200)
    assert other.returncode == 0, said
    assert outcomes(project / "report.xml") == {
        "test_my_operator": "1",
        "test_of_my_own_cluster": "1",
    }


def start(project: Path) -> "subprocess.Popen[str]":
    """The other project's session, with the plugin of this environment and nothing else of ours."""
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    argv += ["--basetemp", str(project / "temp"), "--junitxml", "report.xml"]
    return subprocess.Popen(
        argv,
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTEST_ADDOPTS": ""},
    )


def outcomes(report: Path) -> dict[str, str]:
    """How many clusters each passed test names in the JUnit report."""
    found = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314
        assert case.find("failure") is None
        assert case.find("error") is None
        names = [p for p in case.iter("property") if p.get("name") == "cluster"]
        found[str(case.get("name"))] = str(len(names))
    return found
