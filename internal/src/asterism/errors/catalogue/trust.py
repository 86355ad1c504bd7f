"""JOI-*: genesis, init, join, grants, assignments, certificates."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
