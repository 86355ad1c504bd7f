"""Node images as `create` needs them: found on this computer, vouched for by somebody trusted."""

from dataclasses import dataclass
from pathlib import Path

from asterism.cluster import reference_values
from asterism.cluster.events import Event, State, Watcher
from asterism.cluster.home import OwnerHome
from asterism.errors import UserError
from asterism.images import store
from asterism.images.build import build_image
from asterism.images.progress import State as BuildState
from asterism.images.progress import Step as BuildStep
from asterism.keys.owner import OwnerKey
from asterism.measurement.manifest import ImageManifest, ReferenceValues

CURRENT = "current"

_STATES: dict[BuildState, State] = {
    BuildState.STARTED: "started",
    BuildState.DONE: "done",
    BuildState.CACHED: "skipped",
    BuildState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Image:
    """One image in its directory, links resolved."""

    directory: Path

    @property
    def name(self) -> str:
        """Its ID."""
        return self.manifest().image_id

    def manifest(self) -> ImageManifest:
        """What its builder says of it; nothing of this is believed."""
        return ImageManifest.from_json((self.directory / store.MANIFEST).read_bytes())

    def reference_values(self, home: OwnerHome, owner: OwnerKey) -> ReferenceValues:
        """What evidence must show, by the word of the owner or of a release key he trusts."""
        accepted = [owner.public, *reference_values.trusted_keys(home)]
        return reference_values.open_signed(self.directory, accepted)


def find(reference: str) -> Image:
    """The image of an ID, of a directory, or `current`; UserError IMG-002 if it is not here."""
    if reference == CURRENT:
        return Image(store.current().directory.resolve())
    if "/" not in reference:
        return Image(store.get(reference).directory.resolve())
    directory = Path(reference).resolve()
    if not (directory / store.MANIFEST).is_file():
        raise UserError("IMG-002", f"{directory} holds no image")
    return Image(directory)


def build(watch: Watcher, home: OwnerHome) -> Image:
    """Build the image, or find it built, and vouch for it as this computer and as the owner."""
    built = build_image(progress=lambda report: watch(build_event(report)))
    owner = home.owner_key_made()
    reference_values.sign(built.directory, [reference_values.release_key(), owner])
    return Image(built.directory.resolve())


def build_event(report: BuildStep) -> Event:
    """A report of the image builder as an event."""
    text = report.note
    if report.state is BuildState.FAILED and report.log is not None:
        text = f"log: {report.log}"
    return Event(
        f"image/{report.name}",
        _STATES[report.state] if not report.note else "note",
        report.title,
        text,
        round(report.seconds * 1000),
    )
