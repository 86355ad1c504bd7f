"""The results that are kept, so that `--resume` runs only what has not passed."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from asterism.cluster.home import OwnerHome

Outcome: TypeAlias = Literal["passed", "failed", "skipped"]
FILE = "results.json"


@dataclass(frozen=True, slots=True)
class Result:
    """How one spec ended. `seconds` is unknown (0) until the run's report was read."""

    name: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""


@dataclass(slots=True)
class Record:
    """Results of one cluster with one suite, written to `folder` after each spec."""

    home: OwnerHome
    folder: Path
    subject: str
    """The cluster's ID and the suite's version: results of another subject are not ours."""
    images: str = ""
    """The test images that were loaded into the cluster, by the key of their build."""
    results: dict[str, Result] = field(default_factory=dict)

    @classmethod
    def load(cls, home: OwnerHome, folder: Path, subject: str) -> "Record":
        """The record in `folder`; an empty one if there is none, or if it is of another subject."""
        record = cls(home, folder, subject)
        try:
            found = json.loads((folder / FILE).read_bytes())
        except (FileNotFoundError, ValueError):
            return record
        if found.get("subject") == subject:
            record.images = found["images"]
            record.results = {item["name"]: Result(**item) for item in found["results"]}
        return record

    @property
    def passed(self) -> set[str]:
        """Names of the specs that passed."""
        return {name for name, found in self.results.items() if found.outcome == "passed"}

    def add(self, *results: Result) -> None:
        """Keep results, in memory and in the file."""
        self.results.update({result.name: result for result in results})
        self._write()

    def forget(self, names: Iterable[str]) -> None:
        """Drop the results of `names`: they are about to run again."""
        for name in names:
            self.results.pop(name, None)
        self._write()

    def loaded(self, images: str) -> None:
        """Keep that the test images of this key were loaded."""
        self.images = images
        self._write()

    def _write(self) -> None:
        results = [asdict(result) for result in self.results.values()]
        document = {"subject": self.subject, "images": self.images, "results": results}
        self.home.write(self.folder / FILE, json.dumps(document, indent=1).encode())
