"""The life of the TPM between two resets: its registers say what runs only for that long.

A host can reset the TPM under a living node and tell the empty registers any history (attack T01).
The counters of resets are in every quote, signed. Those of the first quote of a boot are kept where
they end with the node, and no later quote may have others.
"""

from collections.abc import Callable
from pathlib import Path

from asterism.bootstrapper import durable
from asterism.errors import AttestationError
from asterism.tpm.structures import Quoted

FILE = Path("/run/asterism/tpm-life.json")
"""In memory: an agent that starts again finds it, a node that boots does not."""
Life = list[int]


class TpmLife:
    """Compares quotes with the first one. `file` is where an earlier agent of this boot left it."""

    def __init__(
        self, file: Path | None = None, on_reset: Callable[[], None] = lambda: None
    ) -> None:
        self._file = file
        self._on_reset = on_reset
        self._first: Life | None = _read(file)

    def require_same(self, quoted: bytes) -> None:
        """AttestationError MCH-105, after `on_reset`, for a quote of a TPM that was reset."""
        seen = _life(quoted)
        if self._first is None:
            self._first = seen
            if self._file is not None:
                durable.write_json(self._file, {"life": seen})
        if seen != self._first:
            self._on_reset()
            raise AttestationError.of(
                "MCH-105",
                claim="TPM resets and restarts",
                expected=_text(self._first),
                got=_text(seen),
                source="first quote of this boot",
            )


def _life(quoted: bytes) -> Life:
    parsed = Quoted.parse(quoted)
    return [parsed.reset_count, parsed.restart_count]


def _read(file: Path | None) -> Life | None:
    found = durable.read_json(file) if file is not None else None
    return list(found["life"]) if found is not None else None


def _text(life: Life) -> str:
    resets, restarts = life
    return f"{resets} resets, {restarts} restarts"
