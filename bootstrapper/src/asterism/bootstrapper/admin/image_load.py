"""A user's images into this node's container runtime."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from asterism import proc
from asterism.errors import ProvisionError

SPOOL = Path("/var/lib/containerd")
"""On the state disk: an archive may be larger than memory."""
TIMEOUT = 600.0
SAVED = "saved"
IMPORT = ("ctr", "--namespace", "k8s.io", "images", "import")


def load(chunks: Iterable[bytes]) -> list[str]:
    """Import the archive and give the names it holds.

    ProvisionError JOI-503 with the runtime's last lines if it refuses.
    """
    with tempfile.NamedTemporaryFile(dir=SPOOL, prefix=".load-") as spool:
        for chunk in chunks:
            spool.write(chunk)
        spool.flush()
        try:
            done = proc.run([*IMPORT, spool.name], timeout=TIMEOUT)
        except ProvisionError as exc:
            raise ProvisionError("JOI-503", exc.detail, **exc.facts) from exc
    return imported_names(done.text)


def imported_names(output: str) -> list[str]:
    """Image names in what `ctr images import` prints: `NAME<tab>saved`, among lines of progress."""
    columns = (line.partition("\t") for line in output.splitlines())
    return [name.strip() for name, _, state in columns if state.strip() == SAVED]
