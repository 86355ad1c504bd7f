"""PCR 15, the register that ties this machine to one cluster until its next restart.

It is extended once, with the genesis, and an extend cannot be taken back: a machine cannot belong
to two clusters in one life, and what it has learned of one cannot leak into another (attack J08).
"""

import threading
from dataclasses import dataclass

from asterism.errors import AttestationError
from asterism.keys.genesis import cluster_event_digest, cluster_pcr15
from asterism.measurement.eventlog import Event, EventType
from asterism.tpm import commands
from asterism.tpm.constants import Alg
from asterism.tpm.device import TpmDevice

PCR = 15
EMPTY = bytes(32)


@dataclass(frozen=True, slots=True)
class Bound:
    """This machine's cluster, with the record for the event log."""

    cluster_id: bytes

    @property
    def event(self) -> Event:
        """The record of the extend. EV_IPL, as systemd uses for what user space measures."""
        data = b"asterism cluster\0" + self.cluster_id
        digest = cluster_event_digest(self.cluster_id)
        return Event(PCR, EventType.IPL, {Alg.SHA256: digest}, data)


class ClusterBinding:
    """Reads and extends PCR 15. `lock` keeps a quote and an extend from mixing."""

    def __init__(self, tpm: TpmDevice) -> None:
        self._tpm = tpm
        self.lock = threading.RLock()
        self._bound: Bound | None = None

    @property
    def bound(self) -> Bound | None:
        """The cluster this machine is bound to in this life, None before."""
        return self._bound

    def recall(self, cluster_id: bytes) -> bool:
        """Whether PCR 15 already holds `cluster_id`, as after an agent's restart.

        AttestationError JOI-504 if it holds anything else than that or zero.
        """
        with self.lock:
            value = self._read()
            if value == cluster_pcr15(cluster_id):
                self._bound = Bound(cluster_id)
            elif value != EMPTY:
                raise _other(cluster_id, value)
            return self._bound is not None

    def bind(self, cluster_id: bytes) -> None:
        """Extend PCR 15 with the cluster, exactly once.

        AttestationError JOI-504 if it holds another cluster, before or after.
        """
        with self.lock:
            if self.recall(cluster_id):
                return
            commands.pcr_extend(self._tpm, PCR, cluster_event_digest(cluster_id))
            if not self.recall(cluster_id):
                raise _other(cluster_id, self._read())

    def require_unbound(self) -> None:
        """AttestationError JOI-504 unless PCR 15 is zero."""
        with self.lock:
            value = self._read()
        if value != EMPTY:
            raise AttestationError.of(
                "JOI-504", claim="PCR 15", expected="zero", got=value.hex(), source="agent's state"
            )

    def _read(self) -> bytes:
        return commands.pcr_read(self._tpm, (PCR,))[PCR]


def _other(cluster_id: bytes, value: bytes) -> AttestationError:
    return AttestationError.of(
        "JOI-504",
        claim="PCR 15",
        expected=cluster_pcr15(cluster_id).hex(),
        got=value.hex(),
        source="genesis",
    )
