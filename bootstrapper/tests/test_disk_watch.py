"""A full state disk is told once, and so is its end."""

import logging
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from asterism.bootstrapper.disk_watch import FULL_BELOW, DiskWatch

PAGE = 4096


def test_full_and_not_full_are_told_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However often one looks."""
    plenty, little = FULL_BELOW // PAGE, FULL_BELOW // PAGE - 1
    free = iter([plenty, little, little, 0, plenty, plenty, little])
    monkeypatch.setattr(
        os, "statvfs", lambda _: SimpleNamespace(f_bavail=next(free), f_frsize=PAGE)
    )
    disk = DiskWatch(tmp_path)
    with caplog.at_level(logging.WARNING):
        for _ in range(7):
            disk.look()
    told = ["MCH-134" in record.message for record in caplog.records]
    assert told == [True, False, True]
