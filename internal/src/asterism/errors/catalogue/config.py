"""CFG-*: configuration files and flags. Exit code 8."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
