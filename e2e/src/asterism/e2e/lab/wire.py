"""Sessions over a pair of sockets: both ends in this process, one of them on a thread."""

import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from asterism.atls.prover import Prover
from asterism.atls.purpose import Purpose
from asterism.atls.session import Session, Terms, accept, dial
from asterism.atls.verifier import Verifier

TIMEOUT = 10.0
SERVER_NAME = "lab.test"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Party:
    """One side: how it proves itself, and what it demands of the other."""

    prover: Prover
    verifier: Verifier
    cluster_id: bytes = b""
    """What the listener of a join announces."""

    def dial(self, end: socket.socket, purpose: Purpose = Purpose.INIT) -> Session:
        """Open a session on one end of a pair."""
        return dial(
            end, purpose, self.prover, self.verifier, server_name=SERVER_NAME, timeout=TIMEOUT
        )

    def accept(self, end: socket.socket, purpose: Purpose = Purpose.INIT) -> Session:
        """Answer a session on the other end."""
        return accept(
            end, {purpose: Terms(self.prover, self.verifier, self.cluster_id)}, timeout=TIMEOUT
        )


def aside(work: Callable[[], T]) -> "Future[T]":
    """Run `work` on a thread of its own."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future


def meet(dialler: Party, listener: Party, purpose: Purpose = Purpose.INIT) -> Session:
    """A session between the two, as the dialler has it. Raises what the dialler's side raises.

    The listener's end is closed when its session is; its errors are its own.
    """
    ours, theirs = socket.socketpair()
    answered = aside(lambda: listener.accept(theirs, purpose))
    try:
        return dialler.dial(ours, purpose)
    finally:
        answered.exception(TIMEOUT)
        if answered.exception() is None:
            answered.result().close()
