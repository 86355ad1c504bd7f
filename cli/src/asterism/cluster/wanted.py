"""Which settings a `cluster create` means: its own, or those that an unfinished one began with."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from asterism.cluster import config_file, plan
from asterism.cluster.config import Cluster
from asterism.cluster.names import require_cluster_name


def settings(
    name: str | None, file: Path | None, overrides: Sequence[str], image: str | None
) -> Cluster:
    """The settings of the arguments; with a name at most, those on record if there are any.

    Raises UserError CFG-001 to CFG-008.
    """
    if name is not None:
        require_cluster_name(name)
    if file is None and not overrides and image is None:
        record = plan.recorded(name or Cluster().name)
        if record is not None:
            return plan.settings_of(record)
    found = config_file.load_argument(file, overrides)
    changes = {} if name is None else {"name": name}
    if image is not None:
        changes["image"] = str(Path(image).resolve()) if "/" in image else image
    return msgspec.structs.replace(found, **changes)
