"""go-sev-guest, which shares no code with us, judges our reports."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from asterism.config import paths
from asterism.images import golang
from asterism.images.workshop import Workshop
from asterism.machine.makers import MakerStore
from asterism.machine.processors.snp import SnpLaunch, SnpProcessor, SnpReport
from asterism.machine.processors.tcb import TcbVersion
from asterism.proc import Completed, run

pytestmark = pytest.mark.tools
SOURCE = Path(__file__).parent / "go"
DATA = bytes(range(64))


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier, built from pinned sources with the project's own toolchain."""
    shop = Workshop(paths.CACHE, lambda _step: None)
    goroot = golang.toolchain(shop)
    program = tmp_path_factory.mktemp("go") / "snpverify"
    environment = {**os.environ, **golang.environment(shop, goroot)}
    argv: list[str | Path] = [
        goroot / "bin/go",
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-o",
        program,
        ".",
    ]
    run(argv, cwd=SOURCE, env=environment, timeout=600)
    return program


def _judge(verifier: Path, folder: Path, answer: SnpReport, *options: str) -> Completed:
    names = ("report", "vcek", "ask", "ark")
    for name, content in zip(names, (answer.report, *answer.certificates), strict=True):
        (folder / name).write_bytes(content)
    return run([verifier, *options, *(folder / name for name in names)], check=False)


def test_report_is_accepted_under_the_emulated_root(
    verifier: Path, tmp_path: Path, processor: SnpProcessor
) -> None:
    """Format, certificates, extensions and signature are as a real verifier expects them."""
    judged = _judge(verifier, tmp_path, processor.report(DATA))
    assert judged.returncode == 0, judged.stderr


def test_report_is_refused_under_amds_root(
    verifier: Path, tmp_path: Path, processor: SnpProcessor
) -> None:
    """Nobody takes it for a report of a real chip."""
    judged = _judge(verifier, tmp_path, processor.report(DATA), "-amd")
    assert judged.returncode == 1
    assert b"unknown authority" in judged.stderr


def test_altered_report_is_refused(verifier: Path, tmp_path: Path, processor: SnpProcessor) -> None:
    """The verifier does check the signature."""
    answer = processor.report(DATA)
    altered = bytearray(answer.report)
    altered[0x90] ^= 1
    judged = _judge(verifier, tmp_path, SnpReport(bytes(altered), answer.certificates))
    assert judged.returncode == 1


def test_reports_of_every_tcb_are_well_formed(
    verifier: Path, tmp_path: Path, makers: MakerStore, launch: SnpLaunch
) -> None:
    """Also with the highest levels, whose DER takes two bytes."""
    launched = replace(launch, tcb=TcbVersion(boot_loader=127, tee=127, snp=127, microcode=255))
    answer = SnpProcessor.launch(tmp_path / "chip", launched, makers).report(DATA)
    assert _judge(verifier, tmp_path, answer).returncode == 0
