"""The registry: each module gives TARGETS, one entry for each parser."""

from asterism.e2e.fuzz.target import Target
from asterism.e2e.fuzz.targets import (
    certificates,
    documents,
    host,
    measurement,
    nodes,
    owner,
    session,
    tpm,
)

ALL: tuple[Target, ...] = (
    *documents.TARGETS,
    *certificates.TARGETS,
    *tpm.TARGETS,
    *measurement.TARGETS,
    *session.TARGETS,
    *nodes.TARGETS,
    *host.TARGETS,
    *owner.TARGETS,
)
