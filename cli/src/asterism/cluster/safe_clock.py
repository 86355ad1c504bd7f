"""Patience with the clock of a TPM that lost its power without a farewell.

For some seconds such a TPM calls its clock unsafe, and its evidence is refused for that alone
(ATT-207). The refusal stands; whoever asked tries again until the clock is safe.
"""

from collections.abc import Callable
from typing import TypeVar

from asterism import clock
from asterism.errors import AttestationError

PATIENCE = 8.0
"""Seconds. A TPM writes its clock to its memory at least every 2^22 ms; swtpm does after 4 s."""
PAUSE = 0.5
UNSAFE_CLOCK = "ATT-207"

T = TypeVar("T")


def until_safe(attest: Callable[[], T]) -> T:
    """What `attest` gives, tried again while nothing but the clock is refused."""
    deadline = clock.monotonic() + PATIENCE
    while True:
        try:
            return attest()
        except AttestationError as exc:
            refused = {mismatch.error_id for mismatch in exc.mismatches}
            if refused != {UNSAFE_CLOCK} or clock.monotonic() > deadline:
                raise
        clock.sleep(PAUSE)
