"""ATT-*: evidence, reference values, policy, anchors. Exit code 6."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
