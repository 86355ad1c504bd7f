"""Node images that a host has tampered with: a copy of an image with other bytes in some files.

The manifest and its signature stay as they are, because the host cannot sign: the owner's policy
goes on saying what the genuine image measures.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from asterism.cluster import reference_values
from asterism.cluster.home import OwnerHome
from asterism.e2e.home import Home
from asterism.images.keys import file_digest
from asterism.images.measure import ROOT_ARGUMENT, measure
from asterism.measurement.manifest import ImageManifest
from asterism.measurement.pe import PeImage
from asterism.measurement.uki import Uki

ROOT = "root.erofs"
UKI = "uki.efi"


@dataclass(frozen=True, slots=True)
class TamperedImage:
    """A folder with all files of an image, to be changed one by one."""

    folder: Path

    @classmethod
    def of(cls, image: Path, folder: Path) -> "TamperedImage":
        """A copy of `image` in `folder`, unchanged so far; files are shared until they change."""
        folder.mkdir()
        for file in image.iterdir():
            _share(file, folder / file.name)
        return cls(folder)

    def flip_root_byte(self) -> None:
        """Change one bit in the last byte of the root file."""
        root = self._own(ROOT)
        with root.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)[0]
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last ^ 1]))

    def change_command_line(self, old: str, new: str) -> None:
        """Put `new` for `old`, of the same length, into the kernel image's command line."""
        assert len(old) == len(new)
        assert Uki.read(self.folder / UKI).cmdline.count(old) == 1, old
        uki = self._own(UKI)
        content = uki.read_bytes()
        assert content.count(old.encode()) == 1, old
        uki.write_bytes(content.replace(old.encode(), new.encode()))

    def flip_kernel_byte(self) -> None:
        """Change one bit in the middle of the kernel."""
        uki = self._own(UKI)
        content = bytearray(uki.read_bytes())
        image = PeImage(bytes(content))
        (kernel,) = [image.content(s) for s in image.sections if s.name == ".linux"]
        content[content.index(kernel) + len(kernel) // 2] ^= 1
        uki.write_bytes(content)

    def name_the_root_as_it_is(self) -> None:
        """Put the digest of the changed root file into the command line."""
        cmdline = Uki.read(self.folder / UKI).cmdline
        named = next(word for word in cmdline.split() if word.startswith(ROOT_ARGUMENT))
        self.change_command_line(named, ROOT_ARGUMENT + file_digest(self.folder / ROOT))

    def vouch(self, home: Home) -> None:
        """Have the owner of `home` sign what the tampered image measures: the twin's policy."""
        path = self._own("manifest.json")
        manifest = ImageManifest.from_json(path.read_bytes())
        values = measure(self.folder, vcpus=manifest.reference_values.snp_measurements)
        files = {name: file_digest(self.folder / name) for name in manifest.files}
        made = ImageManifest(manifest.versions, files, values, manifest.labels)
        path.write_bytes(made.to_json())
        owner = OwnerHome.current(home.environment()).owner_key_made()
        (self.folder / reference_values.FILE_NAME).unlink(missing_ok=True)
        reference_values.sign(self.folder, [owner])

    def _own(self, name: str) -> Path:
        """The file `name`, no longer shared with the genuine image."""
        path = self.folder / name
        copy = path.with_name(f".{name}")
        shutil.copyfile(path, copy)
        copy.replace(path)
        return path


def _share(file: Path, copy: Path) -> None:
    try:
        copy.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, copy)
