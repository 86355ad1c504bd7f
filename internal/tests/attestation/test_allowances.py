"""What a policy may allow, it allows: nobody else would notice a check that always refuses."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from asterism.attestation.pcr15 import Unbound
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.attestation.verify import verify_evidence
from asterism.errors import AttestationError

AT = datetime(2026, 11, 23, tzinfo=UTC)


def verify(world: Any, rules: dict[str, Any], **lie: Any) -> Any:
    """Verify the world's machine, changed by `lie`, by a policy with other rules."""
    policy = replace(world.policy, snp=replace(world.policy.snp, **rules))
    evidence = world.changed(**lie)
    return verify_evidence(evidence, binding=world.binding, policy=policy, pcr15=Unbound(), at=AT)


@pytest.mark.parametrize(
    ("rule", "lie"),
    [
        ({"allow_debug": True}, {"guest_policy": 0xB0000}),
        ({"allow_migration": True}, {"guest_policy": 0x70000}),
        ({"allow_migration": True}, {"migration_agent": bytes(32)}),
        ({"vmpl": 2}, {"vmpl": 2}),
        ({"minimum_tcb": {Product.GENOA: Tcb(0, 0, 0, 0)}}, {"launch": Tcb(9, 0, 23, 200)}),
    ],
)
def test_an_allowance_counts_for_what_it_names(
    world: Any, rule: dict[str, Any], lie: dict[str, Any]
) -> None:
    """With it the machine is accepted, without it refused."""
    assert verify(world, rule, **lie).verified_at == AT
    with pytest.raises(AttestationError):
        verify(world, {}, **lie)


def test_no_allowance_covers_another(world: Any) -> None:
    """Debugging is not migration, and the other way round."""
    for rule, lie in (("allow_debug", 0x70000), ("allow_migration", 0xB0000)):
        with pytest.raises(AttestationError):
            verify(world, {rule: True}, guest_policy=lie)
