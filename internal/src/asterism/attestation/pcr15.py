"""What PCR 15, the cluster register, may hold: a type, so that no check can forget to say it."""

from dataclasses import dataclass
from typing import TypeAlias, final

from asterism.keys.genesis import cluster_pcr15

ZERO = bytes(32)


@final
@dataclass(frozen=True, slots=True)
class Unbound:
    """A machine that belongs to no cluster yet."""

    def allowed(self) -> tuple[bytes, ...]:
        """Zero only."""
        return (ZERO,)

    def cluster_of(self, value: bytes) -> None:
        """None: an allowed value says that the machine is in no cluster."""


@final
@dataclass(frozen=True, slots=True)
class Bound:
    """A member of the cluster with this ID (32 bytes)."""

    cluster_id: bytes

    def __post_init__(self) -> None:
        """AttestationError DOC-007 unless 32 bytes that are not all equal."""
        cluster_pcr15(self.cluster_id)

    def allowed(self) -> tuple[bytes, ...]:
        """The cluster's value only."""
        return (cluster_pcr15(self.cluster_id),)

    def cluster_of(self, value: bytes) -> bytes:
        """The cluster: no other value is allowed."""
        return self.cluster_id


@final
@dataclass(frozen=True, slots=True)
class UnboundOr:
    """A new machine, or one that was cut off after it was bound (resumed init or join)."""

    cluster_id: bytes

    def __post_init__(self) -> None:
        """AttestationError DOC-007 unless 32 bytes that are not all equal."""
        cluster_pcr15(self.cluster_id)

    def allowed(self) -> tuple[bytes, ...]:
        """Zero, or the cluster's value."""
        return (ZERO, cluster_pcr15(self.cluster_id))

    def cluster_of(self, value: bytes) -> bytes | None:
        """The cluster that an allowed `value` binds the machine to; None for zero."""
        return None if value == ZERO else self.cluster_id


Pcr15Rule: TypeAlias = Unbound | Bound | UnboundOr
