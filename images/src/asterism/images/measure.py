"""Reference values of an image, computed from its files alone, without booting it."""

from collections.abc import Iterable
from pathlib import Path

from asterism.errors import UserError
from asterism.images.keys import file_digest
from asterism.measurement.manifest import ReferenceValues
from asterism.measurement.uki import Uki

VCPUS = (1, 2, 4, 8)
"""Processor counts for which a launch digest is computed: each processor's state is in it."""

ROOT_ARGUMENT = "asterism.root=sha256:"


def measure(image_dir: Path, *, vcpus: Iterable[int] = VCPUS) -> ReferenceValues:
    """What evidence of a machine that booted this image shows.

    Raises UserError IMG-006 when the root file is not the one that the measured command line names
    (the values would then be right about a kernel that refuses to go on), ImageFormatError MCH-111
    and LaunchError MCH-113 when UKI or firmware cannot be measured.
    """
    uki = Uki.read(image_dir / "uki.efi")
    require_root_of(uki, image_dir / "root.erofs")
    return ReferenceValues.predict(uki, (image_dir / "firmware.fd").read_bytes(), vcpus)


def require_root_of(uki: Uki, root: Path) -> None:
    """Raise UserError IMG-006 unless the UKI's command line names exactly the file `root`."""
    words = [word for word in uki.cmdline.split() if word.startswith(ROOT_ARGUMENT)]
    named = [word.removeprefix(ROOT_ARGUMENT) for word in words]
    found = file_digest(root)
    if named != [found]:
        raise UserError(
            "IMG-006",
            f"{root.name} is not the root that the command line names",
            expected=", ".join(named) or "one root in the command line",
            got=found,
        )
