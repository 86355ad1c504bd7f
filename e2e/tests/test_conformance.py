"""The conformance runner's pure parts: what ginkgo writes, what is kept, what is chosen."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from asterism.cluster.home import OwnerHome
from asterism.conformance import artefacts, report
from asterism.conformance.ginkgo import Invocation
from asterism.conformance.preparation import alone
from asterism.conformance.progress import Progress
from asterism.conformance.record import Record, Result
from asterism.conformance.spec import Selection, Spec
from asterism.errors import UserError

PODS = "[sig-node] Pods should be updated [Conformance]"
DNS = "[sig-network] DNS should provide DNS for services [Conformance]"
TAINT = "[sig-node] Taints evict [Serial] [Conformance]"
SPECS = [Spec(PODS), Spec(DNS), Spec(TAINT)]

PARALLEL = f"""\
------------------------------
[ReportBeforeSuite] PASSED [0.008 seconds]
[ReportBeforeSuite]
------------------------------
• [3.456 seconds]
{PODS} [sig-node, Conformance]
test/e2e/common/node/pods.go:88
------------------------------
SSSS
------------------------------
• [FAILED] [61.200 seconds]
{DNS} [sig-network, Conformance]
test/e2e/network/dns.go:1
"""

ONE_PROCESS = f"""\
------------------------------
{PODS} [sig-node, Conformance]
test/e2e/common/node/pods.go:88
  STEP: Creating a kubernetes client
S [SKIPPED] [0.100 seconds]
------------------------------
{DNS} [sig-network, Conformance]
• [2.000 seconds]
"""


def _told(text: str) -> list[Result]:
    progress = Progress([PODS, DNS])
    found = [progress.feed(line) for line in text.splitlines()]
    return [result for result in found if result is not None]


def _entry(name: str, state: str, message: str = "", kind: str = "It") -> dict[str, Any]:
    return {
        "LeafNodeType": kind,
        "ContainerHierarchyTexts": name.split(" ")[:2],
        "LeafNodeText": " ".join(name.split(" ")[2:]),
        "State": state,
        "RunTime": 0 if state == "skipped" else 2_000_000_000,
        "Failure": {"Message": message, "Location": {"FileName": "a.go", "LineNumber": 7}},
        "CapturedGinkgoWriterOutput": "STEP: one\n",
    }


def _report(path: Path, *entries: dict[str, Any]) -> report.Report:
    path.write_text(json.dumps([{"SpecReports": entries}]))
    return report.read(path, [PODS, DNS])


def _home(folder: Path) -> OwnerHome:
    return OwnerHome.current({"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})


def test_progress_of_parallel_processes_names_each_spec_after_its_outcome() -> None:
    """What runs around the specs is not taken for one."""
    assert _told(PARALLEL) == [Result(PODS, "passed", 3.456), Result(DNS, "failed", 61.2)]


def test_progress_of_one_process_names_each_spec_before_its_outcome() -> None:
    """With one process ginkgo writes the name when the spec begins."""
    assert _told(ONE_PROCESS) == [Result(PODS, "skipped", 0.1), Result(DNS, "passed", 2.0)]


def test_a_spec_whose_name_begins_another_is_not_mistaken() -> None:
    """The longest name that fits a line is the one meant."""
    longer = f"{PODS} [NodeConformance]"
    progress = Progress([PODS, longer])
    assert progress.feed("• [1.000 seconds]") is None
    assert progress.feed(f"{longer} [sig-node]") == Result(longer, "passed", 1.0)


def test_the_report_gives_outcomes_messages_and_failures(tmp_path: Path) -> None:
    """Specs that were not asked for are left out."""
    found = _report(
        tmp_path / "report.json",
        _entry(PODS, "passed"),
        _entry(DNS, "timedout", "no answer\n  in 60 s"),
        _entry(TAINT, "passed"),
    )
    assert [(item.name, item.outcome) for item in found.results] == [
        (PODS, "passed"),
        (DNS, "failed"),
    ]
    assert found.results[1].message == "no answer in 60 s"
    assert [(item.name, item.location) for item in found.failures] == [(DNS, "a.go:7")]


def test_a_spec_that_never_started_has_no_result(tmp_path: Path) -> None:
    """A run that was interrupted reports the rest as skipped at once; that is no result."""
    setup = _entry("a b c", "failed", "node not ready", kind="SynchronizedBeforeSuite")
    found = _report(tmp_path / "report.json", setup, _entry(PODS, "skipped"))
    assert found.results == ()
    assert [item.message for item in found.around] == ["node not ready"]


def test_the_record_is_kept_for_the_same_cluster_and_version_only(tmp_path: Path) -> None:
    """Results of a cluster that was deleted say nothing about its successor."""
    home = _home(tmp_path)
    record = Record.load(home, tmp_path / "r", "cluster-1 v1")
    record.add(Result(PODS, "passed", 1.0), Result(DNS, "failed"))
    assert Record.load(home, tmp_path / "r", "cluster-1 v1").passed == {PODS}
    assert Record.load(home, tmp_path / "r", "cluster-2 v1").passed == set()


def test_a_damaged_record_is_an_empty_one(tmp_path: Path) -> None:
    """Nothing is lost but the knowledge of what passed."""
    (tmp_path / "results.json").write_text("{")
    assert Record.load(_home(tmp_path), tmp_path, "x").results == {}


def test_focus_skip_and_names_select() -> None:
    """All three must agree."""
    assert Selection(focus="sig-node", skip="Serial").of(SPECS) == [Spec(PODS)]
    assert Selection(names=(DNS, PODS)).of(SPECS) == [Spec(DNS), Spec(PODS)]
    assert Selection(focus="Pods", names=(DNS, PODS)).of(SPECS) == [Spec(PODS)]


@pytest.mark.parametrize(
    "selection", [Selection(focus="no such"), Selection(names=("[sig-node] gone",))]
)
def test_selecting_nothing_or_an_unknown_name_is_refused(selection: Selection) -> None:
    """A list that names a spec of another version must not pass by running less."""
    with pytest.raises(UserError) as caught:
        selection.of(SPECS)
    assert caught.value.error_id == "TST-003"


def test_areas_and_serial_come_from_the_name() -> None:
    """As upstream writes them."""
    assert Spec(DNS).area == "sig-network"
    assert [spec.serial for spec in SPECS] == [False, False, True]


def test_the_tested_cluster_is_not_called_like_its_context() -> None:
    """The test binary would forget the server's TLS name, and the certificate would not fit."""
    name = "asterism-one"
    document = {
        "clusters": [{"name": name, "cluster": {"server": "https://x", "tls-server-name": "y"}}],
        "users": [{"name": name, "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    made = alone(document, name)
    assert made["clusters"][0]["name"] != made["current-context"] == name
    assert made["clusters"][0]["cluster"]["tls-server-name"] == "y"
    assert made["contexts"][0]["context"]["cluster"] == made["clusters"][0]["name"]


def test_names_are_taken_literally(tmp_path: Path) -> None:
    """A name is full of brackets; ginkgo takes regular expressions."""
    place = Path("x")
    words = Invocation(place, place, place, place, tmp_path, 2).words([Spec(PODS)])
    assert r"--focus=\[sig\-node\]\ Pods\ should\ be\ updated\ \[Conformance\]$" in words


def test_junit_counts_what_it_lists() -> None:
    """One case for each result; a failure carries its message."""
    results = [Result(PODS, "passed", 1.5), Result(DNS, "failed", 2.0, "no <answer>")]
    suite = ElementTree.fromstring(artefacts.junit(results))[0]  # noqa: S314 - our own bytes
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("classname") for case in suite] == ["sig-node", "sig-network"]
    assert suite[1][0].get("message") == "no <answer>"
