"""IMG-*: building, finding, measuring and loading images."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
