"""HST-*: what the host lacks (doctor). Exit code 7."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
