"""A11, a misspelt setting. Taken away: keys that the format does not have are errors."""

from typing import Any

import msgspec
import pytest

from asterism.cluster import config_file
from asterism.cluster.config import Cluster
from asterism.cluster.config_file import Source


def apply(patch: pytest.MonkeyPatch) -> None:
    """Read what is known and pass over the rest."""
    patch.setattr(config_file, "_require_known", lambda _path, _where: None)
    patch.setattr(config_file, "_convert", _convert)


def _convert(source: Source) -> Cluster:
    return msgspec.convert(_known(source.values, Cluster), Cluster)


def _known(values: dict[str, Any], struct: type[msgspec.Struct]) -> dict[str, Any]:
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    return {
        name: _known(value, fields[name]) if isinstance(value, dict) else value
        for name, value in values.items()
        if name in fields
    }
