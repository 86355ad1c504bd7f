"""A node and a control plane whose clocks disagree."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from asterism import clock
from asterism.bootstrapper.join import check
from asterism.errors import AttestationError
from asterism.keys.authority import Authority
from asterism.keys.names import Names, Profile


@pytest.mark.parametrize("hours", [-9000, 1])
def test_credentials_that_are_not_valid_now_are_refused(hours: int) -> None:
    """DOC-017 and the name of what it is, instead of a kubelet that fails for ever."""
    at = clock.now() + timedelta(hours=hours)
    authority = Authority.create("kubernetes", at=at)
    pair = check.Keys.generate().node
    names = Names("system:node:n", ("system:nodes",))
    issued = authority.issue(
        pair.request, names, Profile.CLIENT, at=at, lifetime=timedelta(days=365)
    )
    authority_pem = authority.certificate_pem.decode()
    with pytest.raises(AttestationError, match="DOC-017") as refused:
        check._require_issued(
            issued.public_bytes(Encoding.PEM), pair, authority_pem, "client certificate"
        )
    assert refused.value.mismatches[0].claim == "clocks: client certificate"
