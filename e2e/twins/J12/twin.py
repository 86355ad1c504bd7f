"""J12, a worker's grant with another role. Taken away: signatures of documents are checked."""

import pytest

from asterism.keys.documents import Signature


def apply(patch: pytest.MonkeyPatch) -> None:
    """Let every signature verify."""
    patch.setattr(Signature, "verify", lambda _self, _message: None)
