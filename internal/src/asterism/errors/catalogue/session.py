"""TLS-*: attested sessions: handshake, hello, binder, purposes. Exit code 6 where a peer is refused."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
