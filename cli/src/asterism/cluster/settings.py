"""The settings of a cluster one by one, from the types that read them: for docs and completion."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from asterism.cluster.config import Cluster


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a file or `--set` names it."""

    key: str
    """Dotted, e.g. `nodes.workers`."""
    default: object
    allowed: str
    """Range, pattern or type."""
    values: tuple[str, ...]
    """All that is allowed, where that is few; otherwise empty."""
    meaning: str


def table() -> list[Setting]:
    """Every setting, in the order of the file."""
    definitions = msgspec.json.schema(Cluster)["$defs"]
    return list(_of_struct(definitions, Cluster.__name__, ""))


def assignments() -> Mapping[str, str]:
    """What may follow `--set`, with its meaning: `KEY=VALUE` where values are few, else `KEY=`."""
    return {
        f"{setting.key}={value}": setting.meaning
        for setting in table()
        if "." in setting.key or setting.key in ("name", "image")
        for value in setting.values or ("",)
    }


def _of_struct(definitions: Mapping[str, Any], struct: str, prefix: str) -> Iterator[Setting]:
    for name, item in definitions[struct]["properties"].items():
        if "$ref" in item:
            yield from _of_struct(definitions, item["$ref"].rpartition("/")[2], f"{prefix}{name}.")
        else:
            values = _values(item)
            allowed = ", ".join(values) or _allowed(item)
            yield Setting(prefix + name, item["default"], allowed, values, item["description"])


def _values(item: Mapping[str, Any]) -> tuple[str, ...]:
    if item.get("type") == "boolean":
        return ("true", "false")
    return tuple(value if isinstance(value, str) else json.dumps(value) for value in _enum(item))


def _enum(item: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = item.get("enum", [])
    return found


def _allowed(item: Mapping[str, Any]) -> str:
    if item.get("type") == "integer":
        least, most = item.get("minimum"), item.get("maximum")
        return f"{least} to {most}" if most is not None else f"{least} or more"
    return str(item.get("pattern") or item["type"])
