"""Every stable error ID with its meaning; `asterism explain` and docs/errors come from here.

An ID is never reused or given another meaning. Each component keeps its own table in this
package; this module joins them and refuses duplicates.
"""

from functools import cache
from importlib import import_module

from asterism.errors.catalogue.entry import Entry

TABLES = (
    "attestation",
    "documents",
    "session",
    "trust",
    "machine",
    "images",
    "cluster",
    "config",
    "host",
    "conformance",
    "evidence",
    "files",
    "usage",
    "internal",
)


@cache
def entries() -> dict[str, Entry]:
    """All entries by ID, in the order of the tables."""
    found: dict[str, Entry] = {}
    for table in TABLES:
        for item in import_module(f"{__name__}.{table}").ENTRIES:
            if item.error_id in found:
                msg = f"error ID {item.error_id} is in the catalogue twice"
                raise ValueError(msg)
            found[item.error_id] = item
    return found


def entry(error_id: str) -> Entry:
    """The entry of `error_id`; KeyError if no table has it (a bug of the caller)."""
    return entries()[error_id]
