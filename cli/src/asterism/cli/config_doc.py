"""Writes docs/config.md from the settings' table: `python -m asterism.cli.config_doc FILE`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asterism.cluster import config_file

HEAD = """\
# Configuration

A cluster needs no configuration. To change something, give `asterism cluster create` a file with
`--config FILE` (`-` reads standard input), or single settings with `--set KEY=VALUE`, which win.
Unknown keys, keys given twice and values that do not fit are refused with file and line.

`asterism config init` prints this complete file, `asterism config schema` its JSON schema for
editors, and `asterism config validate FILE` checks one.

Generated from the settings' table by `python -m asterism.cli.config_doc docs/config.md`.
"""


def text() -> str:
    """The whole page."""
    rows = "\n".join(
        f"| `{key}` | `{json.dumps(item['default'])}` | {_allowed(item)} | {item['description']} |"
        for key, item in _settings("Cluster", "")
    )
    table = f"| key | default | allowed | meaning |\n|---|---|---|---|\n{rows}\n"
    return f"{HEAD}\n```yaml\n{config_file.example()}```\n\n{table}"


def _settings(struct: str, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, item in config_file.schema()["$defs"][struct]["properties"].items():
        if "$ref" in item:
            yield from _settings(item["$ref"].rpartition("/")[2], f"{prefix}{name}.")
        else:
            yield prefix + name, item


def _allowed(item: dict[str, Any]) -> str:
    if "enum" in item:
        return ", ".join(f"`{value}`" for value in item["enum"])
    if item.get("type") == "integer":
        least, most = item.get("minimum"), item.get("maximum")
        return f"{least} to {most}" if most is not None else f"{least} or more"
    return f"`{item['pattern']}`".replace("|", "\\|") if "pattern" in item else item["type"]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text())
