"""The policy inside initdata: a machine joins under its owners' word, or is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from asterism.attestation.initdata import Initdata
from asterism.attestation.pcr15 import Unbound
from asterism.attestation.verify import verify_evidence
from asterism.errors import AttestationError
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.owner import OwnerKey

AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "stranger", "error_id"),
    [
        (Kind.POLICY, False, ""),
        (Kind.POLICY, True, "DOC-005"),
        (Kind.GRANT, False, "DOC-006"),
    ],
)
def test_initdata_carry_a_policy_of_the_owners(
    world: Any, kind: Kind, stranger: bool, error_id: str
) -> None:
    """By their signature, and signed as a policy; it need not be the one that the verifier has."""
    signer = OwnerKey.generate() if stranger else world.owner
    payload = replace(world.policy, epoch=4).payload()
    initdata = Initdata.decode(world.machine.initdata)
    policy = SignedDocument.sign(kind, payload, [signer])
    evidence = world.changed(initdata=replace(initdata, policy=policy).encode())
    expected = {"binding": world.binding, "policy": world.policy, "pcr15": Unbound(), "at": AT}
    if error_id:
        with pytest.raises(AttestationError) as caught:
            verify_evidence(evidence, **expected)
        assert caught.value.error_id == error_id
    else:
        assert verify_evidence(evidence, **expected).policy_epoch == 3
