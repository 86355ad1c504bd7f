"""What several tests of documents start from."""

from datetime import UTC, datetime

import pytest

from asterism.keys.authority import Authority
from asterism.keys.genesis import AUTHORITY_NAMES, Authorities, FirstNode, Genesis
from asterism.keys.owner import OwnerKey


@pytest.fixture(scope="session")
def genesis() -> Genesis:
    """The genesis of a cluster with one owner."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    pems = {
        name: Authority.create(name, at=at).certificate_pem.decode() for name in AUTHORITY_NAMES
    }
    return Genesis(
        cluster="local",
        authorities=Authorities(**pems),
        trust_key=OwnerKey.generate().public,
        owners=(OwnerKey.generate().public,),
        threshold=1,
        policy_digest=bytes(range(32)),
        policy_epoch=1,
        first_node=FirstNode("local-cp-1", bytes(range(64)), b"\0\x0b" + bytes(range(32))),
        random=bytes(range(32)),
    )
