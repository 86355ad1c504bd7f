"""Quotes of one boot: from a TPM that was not reset meanwhile."""

from dataclasses import replace
from pathlib import Path

import pytest

from asterism.bootstrapper.tpm_life import TpmLife
from asterism.errors import AttestationError
from asterism.tpm.constants import Alg
from asterism.tpm.structures import PcrSelection, Quoted

QUOTED = Quoted(
    qualified_signer=b"",
    extra_data=bytes(32),
    clock=1000,
    reset_count=3,
    restart_count=0,
    safe=True,
    firmware_version=1,
    selections=(PcrSelection(Alg.SHA256, (4,)),),
    pcr_digest=bytes(32),
)


def test_the_same_counters_pass(tmp_path: Path) -> None:
    """Also for an agent that started again within one boot."""
    TpmLife(tmp_path / "life").require_same(QUOTED.marshal())
    TpmLife(tmp_path / "life").require_same(replace(QUOTED, clock=2000).marshal())


@pytest.mark.parametrize(
    "other",
    [replace(QUOTED, reset_count=4), replace(QUOTED, restart_count=1)],
    ids=["reset", "restarted"],
)
def test_other_counters_are_refused_and_acted_upon(other: Quoted, tmp_path: Path) -> None:
    """MCH-105, and the node's own reaction, by this agent and by the next one."""
    acted: list[bool] = []
    first = TpmLife(tmp_path / "life", on_reset=lambda: acted.append(True))
    first.require_same(QUOTED.marshal())
    for life in (first, TpmLife(tmp_path / "life", on_reset=lambda: acted.append(True))):
        with pytest.raises(AttestationError, match="MCH-105"):
            life.require_same(other.marshal())
    assert len(acted) == 2


def test_another_boot_begins_anew(tmp_path: Path) -> None:
    """Where nothing is remembered the first quote counts."""
    TpmLife(tmp_path / "one").require_same(QUOTED.marshal())
    TpmLife(tmp_path / "two").require_same(replace(QUOTED, reset_count=4).marshal())
