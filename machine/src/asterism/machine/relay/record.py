"""`relay.json` in a cluster's directory: the port that stays, and the process that has it now."""

import json
from dataclasses import dataclass
from pathlib import Path

from asterism.machine.files import write_json
from asterism.machine.identity import ProcessId

FILE = "relay.json"


@dataclass(frozen=True, slots=True)
class RelayRecord:
    """Where a cluster's relay listens, and as which process if it was started."""

    port: int
    process: ProcessId | None = None

    @classmethod
    def read(cls, folder: Path) -> "RelayRecord | None":
        """The record in a cluster's directory, None when there is none that can be read."""
        try:
            plain = json.loads((folder / FILE).read_text())
            process = plain["process"]
            return cls(int(plain["port"]), None if process is None else ProcessId(**process))
        except (FileNotFoundError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None

    def write(self, folder: Path) -> None:
        """Replace the record."""
        process = None if self.process is None else self.process.to_plain()
        write_json(folder / FILE, {"port": self.port, "process": process})
