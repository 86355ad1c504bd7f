"""Where the checkout's files lie. An image is only ever built from a checkout."""

from pathlib import Path

from asterism.errors import UserError

CHECKOUT = Path(__file__).resolve().parents[4]
GO = CHECKOUT / "images" / "go"
OVERLAY = CHECKOUT / "images" / "root"
ROOT_LOCK = CHECKOUT / "images" / "root.lock"
NODE_LOCK = CHECKOUT / "requirements" / "node.lock"
UNITS = CHECKOUT / "bootstrapper" / "units"
CODE = tuple(CHECKOUT / part / "src" / "asterism" for part in ("proto", "internal", "bootstrapper"))
"""What of our Python runs in a node, as PEP 420 portions of `asterism`."""


def require_checkout() -> None:
    """Raise UserError IMG-003 when this package does not lie in a checkout with generated code."""
    generated = CODE[0] / "proto" / "host" / "v1" / "host_pb2.py"
    for path in (GO, OVERLAY, NODE_LOCK, generated):
        if not path.exists():
            raise UserError("IMG-003", f"{path} is missing")
