"""MCH-*: machine provider, firmware, emulated hardware, host socket."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
