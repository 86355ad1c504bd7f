"""The host's half, as orchestration calls it: machines, network, relay, makers, preflight.

Everything behind this is untrusted: what it gives is shown to people or verified later.
"""

import os

from asterism.errors import UserError


def require_root() -> None:
    """UserError CLU-008 unless this process is root."""
    if os.geteuid() != 0:
        raise UserError("CLU-008", f"this process runs as user {os.geteuid()}")


def count_running(cluster: str) -> int | None:
    """How many machines of a cluster run; None if this user may not see."""
    from asterism.machine.providers.sandbox.provider import SandboxProvider

    try:
        return sum(m.pid is not None for m in SandboxProvider().list_machines(cluster))
    except OSError:
        return None
