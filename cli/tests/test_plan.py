"""A plan is signed, pinned and recorded before anything is made, and can be taken up again."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from asterism.attestation.anchors import Anchor, Format
from asterism.attestation.grant import Grant, Role
from asterism.attestation.initdata import Initdata
from asterism.cluster import pin, plan, reference_values, state, trust, wanted
from asterism.cluster.config import Cluster, Nodes, Policy
from asterism.cluster.home import OwnerHome
from asterism.cluster.image import Image
from asterism.cluster.plan import Plan
from asterism.cluster.state import Phase
from asterism.errors import AttestationError, ExitCode, ProvisionError, UserError
from asterism.keys.owner import OwnerKey


def test_each_machine_has_a_grant_of_its_own(planned: Plan) -> None:
    """Slot, role and nonce are the owner's word; the digest is in the pin."""
    owners = [planned.owner.public]
    for item, role in zip(planned.documents, (Role.CONTROL_PLANE, Role.WORKER), strict=True):
        initdata = Initdata.decode(item.initdata)
        grant = Grant.open(initdata.grant, owners)
        assert (grant.slot, grant.role) == (item.machine.name, role)
        assert grant.nonce.hex() == planned.state.nonce
        assert initdata.addresses == ("10.210.0.11:9443",)
        assert planned.pin.initdata_digest(item.machine.name) == item.digest


def test_a_resumed_plan_is_the_same_to_the_byte(planned: Plan, home: OwnerHome) -> None:
    """Nothing is signed anew under another nonce."""
    record = plan.recorded("local")
    assert record == planned.state
    again = plan.resume(planned.state, home)
    assert [d.initdata for d in again.documents] == [d.initdata for d in planned.documents]
    assert again.pin == planned.pin


def test_another_owner_cannot_resume(planned: Plan, home: OwnerHome) -> None:
    """The pin of the owner who began it is needed."""
    pin.remove(home, "local")
    with pytest.raises(UserError, match="CLU-005"):
        plan.resume(planned.state, home)


def test_the_pin_of_a_deleted_namesake_does_not_fit(planned: Plan, home: OwnerHome) -> None:
    """State and pin must be of one `create`."""
    pin.save(home, replace(planned.pin, nonce="00" * 32))
    with pytest.raises(UserError, match="CLU-005"):
        plan.resume(planned.state, home)


def test_settings_on_record_are_used_when_none_are_given(planned: Plan) -> None:
    """`create NAME` goes on; other settings are a conflict."""
    assert wanted.settings("local", None, [], None) == Cluster()
    other = wanted.settings("local", None, ["nodes.workers=3"], None)
    with pytest.raises(UserError, match="CLU-003") as caught:
        plan.require_same(other, planned.state)
    assert caught.value.exit_code is ExitCode.CONFLICT
    plan.require_same(Cluster(), planned.state)


def test_without_anchors_nothing_begins(
    home: OwnerHome, unsigned_image: Image, clusters: Path
) -> None:
    """No trust anchor was chosen, so no machine could be verified."""
    with pytest.raises(UserError, match="CLU-009"):
        plan.draft(Cluster(), unsigned_image, home)
    assert not clusters.exists()


def test_an_image_nobody_vouches_for_is_refused(
    trusting: OwnerHome, unsigned_image: Image, clusters: Path
) -> None:
    """Unsigned, or signed by a stranger; a trusted release key will do."""
    del clusters
    with pytest.raises(AttestationError, match="CLU-012"):
        plan.draft(Cluster(), unsigned_image, trusting)
    stranger = OwnerKey.generate()
    reference_values.sign(unsigned_image.directory, [stranger])
    with pytest.raises(AttestationError, match="DOC-005"):
        plan.draft(Cluster(), unsigned_image, trusting)
    assert reference_values.trust_key(trusting, stranger.public)
    assert not reference_values.trust_key(trusting, stranger.public)
    plan.draft(Cluster(), unsigned_image, trusting)


def test_signatures_of_others_stay(image: Image, trusting: OwnerHome) -> None:
    """A second signer does not lock the first one out."""
    reference_values.sign(image.directory, [OwnerKey.generate()])
    image.reference_values(trusting, trusting.owner_key())


def test_reference_values_of_another_image_are_refused(image: Image, trusting: OwnerHome) -> None:
    """A signed document cannot be moved to another image."""
    manifest = image.manifest()
    other = replace(manifest, versions={"kubernetes": "v2"})
    (image.directory / "manifest.json").write_bytes(other.to_json())
    with pytest.raises(AttestationError, match="CLU-012"):
        image.reference_values(trusting, trusting.owner_key())


def test_production_refuses_emulated_makers(
    image: Image, trusting: OwnerHome, clusters: Path
) -> None:
    """Before any machine exists."""
    del clusters
    with pytest.raises(AttestationError, match="ATT-011"):
        plan.draft(Cluster(policy=Policy(production=True)), image, trusting)


def test_a_changed_anchor_is_refused(
    trusting: OwnerHome, make_anchor: Callable[[Format, str], Anchor]
) -> None:
    """Unless the owner replaces it; the same import again changes nothing."""
    before = trust.recorded(trusting)
    assert all(change.known for change in trust.record(trusting, before.all, replace=False))
    other = make_anchor(Format.SNP, "ARK EMULATED")
    with pytest.raises(AttestationError, match="CLU-010"):
        trust.record(trusting, [other], replace=False)
    assert trust.recorded(trusting) == before
    trust.record(trusting, [other], replace=True)
    assert trust.recorded(trusting).snp == (other,)
    assert trust.recorded(trusting).tpm == before.tpm


def test_a_record_that_is_older_than_a_setting_goes_on(planned: Plan) -> None:
    """The setting has its default; one that this version does not know is told as damage."""
    nodes = {"controlPlanes": 1, "workers": 1, "tee": "snp"}
    older = replace(planned.state, settings={**planned.state.settings, "nodes": nodes})
    plan.require_same(Cluster(), older)
    newer = replace(planned.state, settings={**planned.state.settings, "colour": "blue"})
    with pytest.raises(ProvisionError, match="CLU-014"):
        plan.require_same(Cluster(), newer)


def test_phases_are_recorded(planned: Plan) -> None:
    """What is written is what is read."""
    state.save(replace(planned.state, phase=Phase.MACHINES, relay_port=4711))
    assert state.load("local").server == "https://127.0.0.1:4711"
    assert state.names() == ["local"]
    assert state.of_machine("local-worker-1").name == "local"
    with pytest.raises(UserError, match="CLU-017"):
        state.of_machine("local-worker-2")


def test_a_damaged_record_is_named(planned: Plan) -> None:
    """No traceback, and delete needs no record."""
    (planned.state.directory / "cluster.json").write_text("{")
    with pytest.raises(ProvisionError, match="CLU-014"):
        state.load("local")


def test_a_cluster_has_one_changing_command_at_a_time(clusters: Path) -> None:
    """The second one is told."""
    del clusters
    with state.lock("local", "asterism cluster create"):
        with pytest.raises(UserError, match="CLU-002") as refused, state.lock("local"):
            pass
        assert f"`asterism cluster create`, process {os.getpid()}" in refused.value.detail
        with state.lock("other"):
            pass
    with state.lock("local"):
        pass


def test_machines_have_names_and_addresses(clusters: Path) -> None:
    """Control planes first, on consecutive underlay addresses."""
    del clusters
    settings = msgspec.structs.replace(Cluster(name="x"), nodes=Nodes(workers=2))
    machines = plan.machines(settings)
    assert [m.name for m in machines] == ["x-cp-1", "x-worker-1", "x-worker-2"]
    assert [m.address for m in machines] == ["10.210.0.11", "10.210.0.12", "10.210.0.13"]


def test_a_lock_leaves_no_file_of_a_cluster_that_is_not_there(clusters: Path) -> None:
    """Neither after a failed begin nor after a deletion."""
    del clusters
    with state.lock("local"):
        assert list(state.LOCKS.iterdir())
    assert not list(state.LOCKS.iterdir())


def test_a_full_disk_leaves_the_record_as_it_was(
    planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing beside it; the pin likewise."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        state.save(replace(planned.state, phase=Phase.MACHINES))
    assert state.load("local").phase is Phase.PLANNED
    assert [path.name for path in planned.state.directory.iterdir()] == ["cluster.json"]


def test_a_full_home_leaves_the_pin_as_it_was(
    planned: Plan, trusting: OwnerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No half of a file, and none beside it."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        pin.save(trusting, replace(planned.pin, nonce="00" * 32))
    assert pin.find(trusting, "local") == planned.pin
    assert [path.name for path in trusting.pins_directory.iterdir()] == ["local.json"]
