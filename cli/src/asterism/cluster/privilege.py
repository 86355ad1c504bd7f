"""What this user may do on this computer."""

import os

from asterism.errors import UserError


def require_root() -> None:
    """UserError CLU-008 unless this process is root."""
    if os.geteuid() != 0:
        raise UserError("CLU-008", f"this process runs as user {os.geteuid()}")
