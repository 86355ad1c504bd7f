"""Build the suite: every step from the cache when its inputs are the same."""

import json
from dataclasses import dataclass
from pathlib import Path

from asterism.config import paths
from asterism.errors import ProvisionError
from asterism.images import closure, golang, oci
from asterism.images.build import require_host
from asterism.images.conformance import busybox, catalogue, debian_root, programs
from asterism.images.keys import content_key, file_digest
from asterism.images.progress import Progress
from asterism.images.workshop import Job, Workshop, exclusive

CURRENT = "conformance"
"""A link below the cache to the newest suite, which users without root may run."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A built suite."""

    folder: Path

    @property
    def e2e_test(self) -> Path:
        """Kubernetes' test binary."""
        return self.folder / "programs" / "e2e.test"

    @property
    def ginkgo(self) -> Path:
        """The program that runs it in parallel processes."""
        return self.folder / "programs" / "ginkgo"

    @property
    def archive(self) -> Path:
        """The test images as one OCI layout, for `asterism image load`."""
        return self.folder / "images" / "images.tar"

    @property
    def images_key(self) -> str:
        """The content key of the archive."""
        return (self.folder / "images").resolve().name

    @property
    def image_names(self) -> list[str]:
        """The full names of the images in the archive."""
        names: list[str] = json.loads((self.folder / "images" / "names.json").read_text())
        return names


def built(cache: Path = paths.CACHE) -> Suite | None:
    """The newest suite that was built here, if there is one; needs no root."""
    found = Suite(cache / CURRENT)
    return found if found.archive.is_file() and found.e2e_test.is_file() else None


def build_suite(progress: Progress, cache: Path = paths.CACHE) -> Suite:
    """Build the suite, or find it built. Needs root.

    Raises UserError IMG-003, IMG-007 or IMG-008 when this host or checkout cannot build, and
    ProvisionError IMG-001 when a step fails.
    """
    require_host()
    shop = Workshop(cache, progress)
    with exclusive(cache):
        return Suite(_join(shop, cache))


def _join(shop: Workshop, cache: Path) -> Path:
    goroot = golang.toolchain(shop)
    made = programs.build(shop, goroot)
    root = debian_root.bootstrap(shop)
    parts = catalogue.Parts(
        root=root,
        busybox=busybox.build(shop, root),
        programs=made,
        files=programs.image_files(shop, goroot),
        kube=golang.programs(shop, goroot, "kube", golang.KUBE),
        runtime=golang.programs(shop, goroot, "runtime", golang.RUNTIME),
    )
    folder = cache / CURRENT
    folder.mkdir(exist_ok=True)
    _point(folder / "programs", made)
    _point(folder / "images", _archive(shop, parts))
    return folder


def _archive(shop: Workshop, parts: catalogue.Parts) -> Path:
    def write(job: Job) -> None:
        images = catalogue.images(job, parts)
        _require_asked_for(job, parts.programs / "e2e.test", images)
        oci.write_layout(job.out / "images.tar", images)
        (job.out / "names.json").write_text(json.dumps([image.name for image in images]))

    made_from = (parts.root.root.parent, parts.busybox, parts.programs, parts.files, parts.kube)
    modules = (catalogue.__file__, oci.__file__, closure.__file__)
    recipe = [file_digest(Path(path)) for path in modules]
    key = content_key(*(path.name for path in (*made_from, parts.runtime)), *recipe)
    return shop.make("conformance-images", "Test images", key, write)


def _require_asked_for(job: Job, e2e_test: Path, images: list[oci.Image]) -> None:
    """Another version of the suite may want other tags; images nobody asks for would not help."""
    asked = job.run([e2e_test, "--list-images"], cwd=job.out).decode().split()
    unknown = {image.name for image in images} - set(asked)
    if unknown:
        raise ProvisionError("IMG-001", f"the suite does not ask for {', '.join(sorted(unknown))}")


def _point(link: Path, target: Path) -> None:
    """Make `link` lead to `target`, replacing what it led to in one step."""
    draft = link.with_name(f".{link.name}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)
