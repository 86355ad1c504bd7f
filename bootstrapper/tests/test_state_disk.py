"""The state disk is the host's: what lies there is compared with what the owner signed."""

import json
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from asterism import clock
from asterism.attestation.grant import Grant, Role
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import Policy
from asterism.bootstrapper import control_plane
from asterism.bootstrapper.authorities import Authorities
from asterism.bootstrapper.init import founding
from asterism.bootstrapper.machine_identity import Machine
from asterism.bootstrapper.trust.ledger import Ledger, LedgerFile
from asterism.errors import AttestationError, ProvisionError
from asterism.keys.documents import SignedDocument

NONCE = bytes(range(32))


@pytest.fixture
def machine() -> Machine:
    """A first control plane."""
    grant = Grant("local", NONCE, "local-cp-1", Role.CONTROL_PLANE)
    document = SignedDocument(b"{}", ())
    owner = bytes(range(32))
    return Machine(
        initdata=Initdata("local", (owner,), ("10.210.0.11:9443",), document, document),
        grant=grant,
        policy=cast("Policy", SimpleNamespace(epoch=1)),
        chip=bytes(range(64)),
        ek_fingerprint=bytes(range(32)),
        ak_name=bytes(range(34)),
        emulated=True,
        underlay_address=IPv4Address("10.210.0.11"),
    )


def test_a_founding_is_found_again(machine: Machine, tmp_path: Path) -> None:
    """The same genesis, with the authorities it names."""
    first = founding.found(machine, tmp_path, ())
    again = founding.found(machine, tmp_path, ())
    assert again.genesis == first.genesis
    assert again.authorities.certificates() == first.genesis.authorities


@pytest.mark.parametrize("name", ["user", "cluster", "identity"])
def test_an_exchanged_authority_is_refused(machine: Machine, tmp_path: Path, name: str) -> None:
    """JOI-505: with a key of the host behind it, the host would be every user."""
    founding.found(machine, tmp_path, ())
    foreign = Authorities.create("local", at=clock.now())
    mixed = replace(_saved(tmp_path), **{name: getattr(foreign, name)})
    mixed.save(tmp_path / founding.AUTHORITIES)
    with pytest.raises(AttestationError, match="JOI-505"):
        founding.load(tmp_path)


def test_an_exchanged_trust_key_is_refused(machine: Machine, tmp_path: Path) -> None:
    """The genesis names its public half: JOI-505."""
    founding.found(machine, tmp_path, ())
    foreign = Authorities.create("local", at=clock.now())
    replace(_saved(tmp_path), trust_key=foreign.trust_key).save(tmp_path / founding.AUTHORITIES)
    with pytest.raises(AttestationError, match="JOI-505"):
        founding.load(tmp_path)


def test_the_ledger_must_be_of_this_cluster_and_creation(machine: Machine, tmp_path: Path) -> None:
    """JOI-505: another nonce would make the grants of another creation good."""
    cluster_id, file = bytes(range(1, 33)), LedgerFile(tmp_path / "ledger.json")
    good = control_plane.first_ledger(machine, cluster_id)
    file.save(good)
    assert control_plane.own_ledger(file, machine, cluster_id) == good
    other = bytes(range(2, 34))
    for broken in (replace(good, nonce=other), replace(good, cluster_id=other)):
        file.save(broken)
        with pytest.raises(AttestationError, match="JOI-505"):
            control_plane.own_ledger(file, machine, cluster_id)


def test_without_a_ledger_the_first_one_is_made(machine: Machine, tmp_path: Path) -> None:
    """Its nonce is that of the machine's own grant."""
    made: Ledger = control_plane.own_ledger(LedgerFile(tmp_path / "l"), machine, bytes(range(32)))
    assert made.nonce == NONCE
    assert [member.platform for member in made.members] == [machine.platform]


@pytest.mark.parametrize(
    ("field", "value"),
    [("mesh_address", "192.0.2.1"), ("pod_range", "0.0.0.0/0"), ("pod_range", "10.212.0.0/16")],
)
def test_a_ledger_leads_nowhere_outside_the_cluster(
    machine: Machine, tmp_path: Path, field: str, value: str
) -> None:
    """JOI-501: the API's server name would lead to what the host wrote there."""
    path = tmp_path / "ledger.json"
    file = LedgerFile(path)
    file.save(control_plane.first_ledger(machine, bytes(range(32))))
    content = json.loads(path.read_text())
    content["members"][0]["peer"]["assignment"][field] = value
    path.write_text(json.dumps(content))
    with pytest.raises(ProvisionError, match="JOI-501"):
        file.load()


def _saved(directory: Path) -> Authorities:
    return Authorities.load(directory / founding.AUTHORITIES)
