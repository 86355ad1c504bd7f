"""What remains of a run: a file for each failure, ginkgo's own output, and JUnit on demand."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from asterism.cluster.home import OwnerHome
from asterism.conformance.record import Result
from asterism.conformance.report import Failure
from asterism.conformance.spec import Spec

FAILURES = "failures"
LONGEST = 120
"""Characters of a file name."""


def write_failures(home: OwnerHome, folder: Path, failures: Iterable[Failure]) -> None:
    """Put one file for each of `failures` below `folder`; those of an earlier run go."""
    shutil.rmtree(folder / FAILURES, ignore_errors=True)
    for failure in failures:
        text = f"{failure.name}\n{failure.location}\n\n{failure.message}\n\n{failure.output}\n"
        home.write(folder / FAILURES / file_name(failure.name), text.encode())


def file_name(name: str) -> str:
    """A file name for a spec: what tells specs apart stands at their end, so that is kept."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")[-LONGEST:].strip("-") + ".txt"


def junit(results: Iterable[Result]) -> bytes:
    """The results in JUnit's XML, one test case for each spec."""
    suite = ElementTree.Element("testsuite", name="kubernetes-conformance")
    counts = {"failed": 0, "skipped": 0, "passed": 0}
    for result in results:
        counts[result.outcome] += 1
        _case(suite, result)
    suite.set("tests", str(sum(counts.values())))
    suite.set("failures", str(counts["failed"]))
    suite.set("skipped", str(counts["skipped"]))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _case(suite: ElementTree.Element, result: Result) -> None:
    area = Spec(result.name).area
    case = ElementTree.SubElement(
        suite, "testcase", name=result.name, classname=area, time=f"{result.seconds:.1f}"
    )
    if result.outcome == "failed":
        ElementTree.SubElement(case, "failure", message=result.message)
    if result.outcome == "skipped":
        ElementTree.SubElement(case, "skipped", message=result.message)
