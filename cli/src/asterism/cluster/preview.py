"""`cluster create --dry-run`: what would be made, after every check that changes nothing."""

from dataclasses import dataclass
from pathlib import Path

from asterism.cluster import documents, image, plan, reference_values, trust
from asterism.cluster.config import Cluster, require_supported
from asterism.cluster.home import OwnerHome
from asterism.cluster.state import Machine
from asterism.config import paths
from asterism.measurement.manifest import ImageManifest, ReferenceValues


@dataclass(frozen=True, slots=True)
class Preview:
    """A cluster as `create` would make it, or go on making it."""

    settings: Cluster
    phase: str
    """`new`, or how far an earlier `create` has come."""
    machines: tuple[Machine, ...]
    manifest: ImageManifest
    image: Path
    values: ReferenceValues
    """Signed by the owner or by a release key that the owner trusts."""

    @property
    def measurement(self) -> bytes:
        """What every machine's evidence must show, 48 bytes."""
        return documents.launch_measurement(self.values)

    def disk(self, machine: Machine) -> Path:
        """The state disk of a machine on this computer."""
        return paths.machine_dir(self.settings.name, machine.name) / "disk"


def preview(settings: Cluster, home: OwnerHome) -> Preview:
    """What `create` would do; refuses what `create` would refuse before it changes anything.

    UserError CFG-007, CLU-003, CLU-009, IMG-002, AttestationError CLU-012.
    """
    require_supported(settings)
    record = plan.recorded(settings.name)
    if record is not None:
        plan.require_same(settings, record)
    trust.recorded(home)
    found = image.find(settings.image if record is None else record.image)
    return Preview(
        settings=settings,
        phase="new" if record is None else record.phase.name.lower(),
        machines=plan.machines(settings) if record is None else record.machines,
        manifest=found.manifest(),
        image=found.directory,
        values=reference_values.open_signed(found.directory, _accepted(home)),
    )


def _accepted(home: OwnerHome) -> list[bytes]:
    """Whose word on an image counts. The owner's key is made by `create`, not here."""
    own = [home.owner_key().public] if home.has_owner_key else []
    return [*own, *reference_values.trusted_keys(home)]
