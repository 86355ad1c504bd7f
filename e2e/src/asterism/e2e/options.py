"""Options of the pytest plugin: on the command line, else in pytest's ini file, else a default."""

from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: `--asterism-NAME`, or `asterism_NAME` in the ini file."""

    name: str
    default: str
    help: str
    flag: bool = False

    @property
    def ini(self) -> str:
        """Its name in the ini file."""
        return f"asterism_{self.name.replace('-', '_')}"


OPTIONS = (
    Option("control-planes", "1", "Machines of the control plane of the shared cluster."),
    Option("workers", "1", "Further machines of the shared cluster."),
    Option("tee", "snp", "Kind of confidential machines of the shared cluster."),
    Option("image", "current", "Node image: an ID, a folder, or `current`."),
    Option("artefacts", "/var/tmp/asterism-e2e", "Where failed tests leave what they saw."),  # noqa: S108
    Option("capture", "no", "Record the underlay of every cluster.", flag=True),
    Option("keep", "no", "Keep the clusters of failed tests.", flag=True),
)
_TRUE = {"yes", "true", "on", "1"}


def add(parser: pytest.Parser) -> None:
    """Make them known to pytest."""
    group = parser.getgroup("asterism", "confidential clusters")
    for option in OPTIONS:
        how: dict[str, Any] = (
            {"action": "store_const", "const": "yes"} if option.flag else {"metavar": "VALUE"}
        )
        group.addoption(f"--asterism-{option.name}", dest=option.ini, help=option.help, **how)
        parser.addini(option.ini, option.help, default=option.default)


def value(config: pytest.Config, name: str) -> str:
    """The setting `name` of this run."""
    option = next(option for option in OPTIONS if option.name == name)
    said = config.getoption(option.ini)
    return str(said if said is not None else config.getini(option.ini))


def is_set(config: pytest.Config, name: str) -> bool:
    """Whether the flag `name` is set."""
    return value(config, name).lower() in _TRUE
