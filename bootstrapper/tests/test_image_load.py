"""Loading a user's archive."""

from pathlib import Path

import pytest

from asterism.bootstrapper.admin import image_load
from asterism.errors import ProvisionError

PRINTED = (
    "example.test/hello:1                    \tsaved\t\n"
    "application/vnd.docker.distribution.manifest.v2+json sha256:642ff8b38fb3827e\n"
    "Importing\telapsed: 0.8 s\ttotal:   0.0 B\t(0.0 B/s)\t\n"
)


def test_names_are_read_from_what_the_runtime_prints() -> None:
    """Manifests and progress are no names."""
    assert image_load.imported_names(PRINTED) == ["example.test/hello:1"]


def test_the_archive_is_spooled_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runtime reads the very bytes; nothing of them stays."""
    monkeypatch.setattr(image_load, "SPOOL", tmp_path)
    monkeypatch.setattr(image_load, "IMPORT", ("grep", "-c", "ab"))
    assert image_load.load([b"a", b"b"]) == []
    assert list(tmp_path.iterdir()) == []


def test_a_refused_archive_has_its_own_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the runtime's own words."""
    monkeypatch.setattr(image_load, "SPOOL", tmp_path)
    monkeypatch.setattr(image_load, "IMPORT", ("ls", "/does/not/exist"))
    with pytest.raises(ProvisionError, match="JOI-503") as caught:
        image_load.load([b"nonsense"])
    assert "does/not/exist" in caught.value.facts["output"]
