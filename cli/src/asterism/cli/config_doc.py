"""Writes docs/config.md from the settings' table: `python -m asterism.cli.config_doc FILE`."""

import json
import sys
from pathlib import Path

from asterism.cluster import config_file, settings

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
    rows = "\n".join(map(_row, settings.table()))
    table = f"| key | default | allowed | meaning |\n|---|---|---|---|\n{rows}\n"
    return f"{HEAD}\n```yaml\n{config_file.example()}```\n\n{table}"


def _row(setting: settings.Setting) -> str:
    allowed = f"`{setting.allowed}`".replace("|", "\\|")
    return f"| `{setting.key}` | `{json.dumps(setting.default)}` | {allowed} | {setting.meaning} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text())
