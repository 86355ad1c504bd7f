"""Good inputs, the same at every run: made here from fixed keys, or real ones of the checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[6]
VECTORS = ROOT / "internal" / "tests" / "vectors"
"""Reports, logs and certificates of real machines; there is no fuzzing outside a checkout."""


def vector(name: str) -> bytes:
    """One file of the vectors."""
    return (VECTORS / name).read_bytes()
