"""The hand-made container image."""

import json
import subprocess
import tarfile
from pathlib import Path

from asterism.e2e import oci


def test_the_greeter_greets_and_then_waits(tmp_path: Path) -> None:
    """The hand-made ELF program writes its message and goes on running."""
    program = tmp_path / "greeter"
    program.write_bytes(oci.greeter("hello from nothing\n"))
    program.chmod(0o755)
    running = subprocess.Popen([program], stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == b"hello from nothing\n"
        assert running.poll() is None
    finally:
        running.kill()
        running.communicate()


def test_every_blob_of_the_archive_is_named_by_its_digest(tmp_path: Path) -> None:
    """The archive is a complete OCI layout: index, manifest, configuration and layer."""
    archive = tmp_path / "image.tar"
    oci.write_archive(
        archive, name="e.test/greeter:1", programs={"/greeter": b"x"}, start="/greeter"
    )
    with tarfile.open(archive) as layout:
        files = {m.name: layout.extractfile(m).read() for m in layout}  # type: ignore[union-attr]
    manifest_name = json.loads(files["index.json"])["manifests"][0]["digest"].removeprefix(
        "sha256:"
    )
    manifest = json.loads(files[f"blobs/sha256/{manifest_name}"])
    for part in (manifest["config"], *manifest["layers"]):
        blob = files["blobs/sha256/" + part["digest"].removeprefix("sha256:")]
        assert oci._digest(blob) == part["digest"]
        assert len(blob) == part["size"]
