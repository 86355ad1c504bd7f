"""Settings whose names nobody knows: each could be a rule that is not applied."""

from pathlib import Path

import pytest

from asterism.attestation.policy import Policy
from asterism.cluster import config_file
from asterism.e2e import twins
from asterism.e2e.home import Home
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import fails, refused
from asterism.e2e.refused import expect_error

MISSPELT = """\
apiVersion: asterism.dev/v1alpha1
kind: Cluster
policy:
  prodution: true
"""
PLACE = 4


@pytest.fixture
def misspelt(tmp_path: Path) -> Path:
    """A file by which its owner wants to refuse everything emulated."""
    file = tmp_path / "cluster.yaml"
    file.write_text(MISSPELT)
    return file


@pytest.mark.attack("A11", refused="CFG-003")
def test_a_misspelt_setting_is_refused_with_its_place(misspelt: Path, tmp_path: Path) -> None:
    """A11: `create` and `validate` name file, line and the setting that was meant."""
    home = Home.make(tmp_path / "home")
    commands: list[tuple[str | Path, ...]] = [
        ("config", "validate", misspelt),
        ("cluster", "create", "--config", misspelt),
    ]
    for command in commands:
        done = home.asterism("--log-format", "json", *command, check=False)
        error = expect_error(done, "CFG-003")
        assert f"{misspelt}:{PLACE}: `policy.prodution`" in error["detail"]
        assert "`production`" in error["detail"]


@pytest.mark.attack("A11", refused="CFG-003")
def test_a_misspelt_override_is_refused(misspelt: Path) -> None:
    """A11: the same for `--set`."""
    with fails("CFG-003"):
        config_file.load(None, None, ["policy.prodution=true"])


@pytest.mark.attack("A11", refused="DOC-002")
def test_an_unknown_rule_in_a_policy_is_refused(owner: LabOwner) -> None:
    """A11: a signed policy with a rule that this version does not know is no policy."""
    payload = owner.policy().payload()
    rules = payload["snp"]
    assert isinstance(rules, dict)
    stricter = {**payload, "snp": {**rules, "require_single_socket": True}}
    with refused("DOC-002"):
        Policy.from_payload(stricter, [owner.key.public])


@pytest.mark.twin("A11")
def test_twin_of_a_misspelt_setting(misspelt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A11: a reader that passes over unknown keys makes a cluster that accepts what is emulated."""
    twins.load("A11").apply(monkeypatch)
    assert not config_file.load(misspelt, None, []).policy.production
