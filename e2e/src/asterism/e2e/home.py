"""A user's home of the test's own, so that no test touches the owner's keys or kubeconfig."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asterism import proc

CALLER_VARIABLES = ("SUDO_USER", "SUDO_UID", "SUDO_GID", "SUDO_COMMAND", "KUBECONFIG")
"""Variables by which a program would find the real user behind sudo, or his clusters."""

CREATE_TIMEOUT = 300.0


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that plays the home of one owner."""

    folder: Path
    host_code: Path | None = None
    """A folder that programs started from here find Python modules in first (see `hostile`)."""

    @classmethod
    def make(cls, folder: Path) -> "Home":
        """An empty home in `folder`."""
        for name in ("config", "data", "state", "cache"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return cls(folder)

    @property
    def config(self) -> Path:
        """XDG_CONFIG_HOME: owner keys, anchors and pins lie below it."""
        return self.folder / "config"

    @property
    def kubeconfig(self) -> Path:
        """The file that `asterism` merges into and kubectl reads."""
        return self.folder / "kubeconfig"

    def environment(self) -> dict[str, str]:
        """The environment of a program that this owner starts."""
        kept = {name: value for name, value in os.environ.items() if name not in CALLER_VARIABLES}
        if self.host_code is not None:
            places = (str(self.host_code), kept.get("PYTHONPATH", ""))
            kept["PYTHONPATH"] = os.pathsep.join(filter(None, places))
        return kept | {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.config),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "KUBECONFIG": str(self.kubeconfig),
            "NO_COLOR": "1",
        }

    def asterism(
        self,
        *arguments: str | Path,
        check: bool = True,
        stdin: bytes = b"",
        timeout: float = CREATE_TIMEOUT,
        extra: Mapping[str, str] | None = None,
    ) -> proc.Completed:
        """Run the command line as this owner; as `asterism.proc.run` otherwise."""
        return proc.run(
            [*program(), *arguments],
            check=check,
            stdin=stdin,
            timeout=timeout,
            env=self.environment() | dict(extra or {}),
        )

    def start_asterism(self, *arguments: str | Path, log: Path) -> "subprocess.Popen[bytes]":
        """Start the command line in a process group of its own; its output goes to `log`."""
        with log.open("wb") as output:
            return subprocess.Popen(
                [*program(), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment(),
                start_new_session=True,
            )


def program() -> list[str]:
    """The command line of the very environment that runs the tests."""
    return [str(Path(sys.executable).with_name("asterism"))]
