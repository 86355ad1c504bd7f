"""CLU-* and KCF-*: cluster life cycle and kubeconfig."""

from asterism.errors.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
