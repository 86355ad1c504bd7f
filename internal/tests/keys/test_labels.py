"""Names that certificates and objects can carry, and certificates whose time it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from asterism.errors import AttestationError, Mismatch
from asterism.keys.authority import Authority
from asterism.keys.fields import Fields
from asterism.keys.period import require_valid

AT = datetime(2026, 11, 23, tzinfo=UTC)


def mismatch(call: Callable[[], object]) -> Mismatch:
    """The one reason that `call` is refused for."""
    with pytest.raises(AttestationError) as caught:
        call()
    (found,) = caught.value.mismatches
    return found


@pytest.mark.parametrize("value", ["a", "0", "a-b", "local-worker-1", "a" * 10])
def test_labels(value: str) -> None:
    """Lower-case letters, digits and inner hyphens, as many as are allowed."""
    assert Fields({"x": value}, "thing", ("x",)).label("x", 14) == value


@pytest.mark.parametrize(
    "value", ["", "-a", "a-", "A", "a_b", "a.b", "a b", "ä", "a\n", "a" * 11, 1]
)
def test_other_labels_are_refused(value: Any) -> None:
    """DOC-004 by the path."""
    found = mismatch(lambda: Fields({"x": value}, "thing", ("x",)).label("x", 10))
    assert (found.error_id, found.claim) == ("DOC-004", "thing.x")


def test_a_certificate_is_valid_from_its_first_to_its_last_second() -> None:
    """Outside of that one of two clocks is wrong, and the certificate is named: DOC-017."""
    certificate = Authority.create("kubernetes", at=AT, lifetime=timedelta(days=1)).certificate
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    second = timedelta(seconds=1)
    for at in (first, AT, last):
        require_valid(certificate, "kubelet", at)
    for at in (first - second, last + second):
        found = mismatch(partial(require_valid, certificate, "kubelet", at))
        assert (found.error_id, found.claim) == ("DOC-017", "clocks: kubelet")
        assert found.source == "certificate"
