"""The collector of differences: it must forget none, and say each in full."""

from collections.abc import Callable

import pytest

from asterism.attestation.findings import Findings
from asterism.errors import AttestationError, Mismatch


def recorded(record: Callable[[Findings], None]) -> tuple[Mismatch, ...]:
    """What a collector has after `record`."""
    findings = Findings()
    record(findings)
    try:
        findings.raise_if_any()
    except AttestationError as exc:
        return exc.mismatches
    return ()


def test_nothing_recorded_is_no_refusal() -> None:
    """What holds leaves no trace."""
    assert recorded(lambda f: f.equal("ATT-002", "claim", b"a", b"a", "session")) == ()
    assert recorded(lambda f: f.among("ATT-110", "claim", [b"a", b"b"], b"b", "policy")) == ()
    assert recorded(lambda f: f.require(True, "ATT-207", "claim", "x", "y", "TPM 2.0")) == ()


@pytest.mark.parametrize("got", [b"b", b"", b"aa", b"\0"])
def test_other_bytes_are_a_difference_shown_in_hex(got: bytes) -> None:
    """In full length: a beginning is not enough."""
    assert recorded(lambda f: f.equal("ATT-002", "claim", b"a", got, "session")) == (
        Mismatch("ATT-002", "claim", "61", got.hex(), "session"),
    )


def test_values_that_would_do_are_listed() -> None:
    """Sorted, and `nothing` where nothing would do."""
    assert recorded(lambda f: f.among("ATT-110", "claim", {b"c", b"b"}, b"a", "policy")) == (
        Mismatch("ATT-110", "claim", "62 or 63", "61", "policy"),
    )
    assert recorded(lambda f: f.among("ATT-110", "claim", (), b"a", "policy")) == (
        Mismatch("ATT-110", "claim", "nothing", "61", "policy"),
    )


def test_all_that_was_found_is_raised_in_order() -> None:
    """Not only the first."""

    def record(findings: Findings) -> None:
        findings.require(False, "ATT-207", "first", "x", "y", "TPM 2.0")
        findings.differs("ATT-111", "second", "0", "1", "policy")

    assert [m.claim for m in recorded(record)] == ["first", "second"]
