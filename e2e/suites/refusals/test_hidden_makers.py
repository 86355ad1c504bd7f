"""L10, V13: makers of emulated hardware that do not say what they are, and production policies."""

from dataclasses import replace

import pytest
from cryptography.x509 import Name

from asterism.attestation.anchors import EMULATED, Anchors, load_certificate, pem_of
from asterism.attestation.policy import Policy
from asterism.e2e import twins
from asterism.e2e.lab.opening import open_init, shown_by, verified
from asterism.e2e.lab.owner import LabOwner, anchors_of
from asterism.e2e.lab.recorded import VECTORS
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.starting import PowerOn
from asterism.machine.makers import amd, names, tpm
from asterism.machine.makers.store import MakerStore

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]


def hide(patch: pytest.MonkeyPatch) -> None:
    """Have makers certify under names without the word EMULATED."""
    patch.setattr(amd, "amd_name", lambda name, *, marked: names.amd_name(name, marked=False))
    patch.setattr(tpm, "common_name", unmarked)


def unmarked(text: str) -> Name:
    """A name without that word."""
    return names.common_name(text.replace(EMULATED, "Genuine"))


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> MakerStore:
    """Makers whose roots look like AMD's and a TPM maker's."""
    store = MakerStore(tmp_path_factory.mktemp("makers") / "hidden")
    with pytest.MonkeyPatch.context() as patch:
        hide(patch)
        anchors_of(store)
    return store


@pytest.fixture
def deceived(hidden: MakerStore, monkeypatch: pytest.MonkeyPatch) -> LabOwner:
    """An owner who was handed those roots as genuine ones; the machines hide as well."""
    hide(monkeypatch)
    return LabOwner(hidden)


def for_production(policy: Policy) -> Policy:
    """The policy of a cluster in production: no emulated hardware."""
    return replace(policy, production=True, accept_emulated=False)


@pytest.mark.attack("L10", refused="ATT-011")
def test_a_chip_maker_that_hides_its_emulation_is_found_out(deceived: LabOwner) -> None:
    """L10: a production policy with such a root cannot be made."""
    with refused("ATT-011"):
        for_production(deceived.policy())


def test_machines_of_hidden_makers_are_labelled(deceived: LabOwner, power_on: PowerOn) -> None:
    """L10: what nothing in the evidence says is said by the verifier."""
    machine = power_on(deceived)
    evidence, _ = shown_by(machine.prover)
    for der in (*evidence.snp.certificates, evidence.tpm.ek_certificate):
        certificate = load_certificate(der)
        assert EMULATED not in f"{certificate.subject} {certificate.issuer}"
    assert verified(deceived, machine.prover).labels == {EMULATED}


@pytest.mark.twin("L10")
def test_twin_of_a_chip_maker_that_hides_its_emulation(
    deceived: LabOwner, power_on: PowerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L10: by names alone its machines are production hardware, without a label."""
    twins.load("L10").apply(monkeypatch)
    policy = for_production(deceived.policy())
    machine = power_on(deceived)
    open_init(deceived, machine.prover, policy)
    assert not verified(deceived, machine.prover, policy=policy).labels


@pytest.mark.attack("V13", refused="ATT-011")
def test_a_production_policy_cannot_pin_emulated_makers(owner: LabOwner) -> None:
    """V13: nor accept what is emulated in any other way."""
    with refused("ATT-011"):
        for_production(owner.policy())
    with refused("ATT-011"):
        replace(owner.policy(), production=True)


@pytest.mark.attack("V13", refused="ATT-103")
def test_production_refuses_emulated_machines(
    owner: LabOwner, hidden: MakerStore, power_on: PowerOn
) -> None:
    """V13: with AMD's own root pinned, whatever the machine shows of itself."""
    real = (VECTORS / "snp/roots/genoa_ark.pem").read_text()
    makers_of_tpms = [pem_of(anchor) for anchor in anchors_of(hidden).tpm]
    anchors = Anchors.from_pem(snp=[real], tpm=makers_of_tpms)
    policy = for_production(replace(owner.policy(), anchors=anchors))
    with refused("ATT-103"):
        open_init(owner, power_on(owner).prover, policy)


@pytest.mark.attack("V13", refused="ATT-012")
def test_a_chain_that_says_emulated_is_refused_under_any_root(
    owner: LabOwner, power_on: PowerOn
) -> None:
    """V13: should a root ever pass for genuine, the names below it still tell."""
    found = owner.policy().anchors
    passing = Anchors(
        snp=tuple(replace(anchor, emulated=False) for anchor in found.snp),
        tpm=tuple(replace(anchor, emulated=False) for anchor in found.tpm),
    )
    policy = for_production(replace(owner.policy(), anchors=passing))
    with refused("ATT-012"):
        open_init(owner, power_on(owner).prover, policy)
