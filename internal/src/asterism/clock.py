"""The one door to time and randomness, so that tests can say what they are."""

import secrets
import time
from datetime import UTC, datetime


def now() -> datetime:
    """The host's wall clock in UTC. The host may lie: never let a lease depend on it."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds from an arbitrary start that never go back."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Block this thread."""
    time.sleep(seconds)


def random_bytes(count: int) -> bytes:
    """`count` bytes from the kernel's generator."""
    return secrets.token_bytes(count)
