"""What every refusal must offer: a stable ID, exit code 6, and for each claim what differs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asterism.e2e import sightings
from asterism.errors import AttestationError, Error, ExitCode, Mismatch


class NotRefusedError(AssertionError):
    """An attack went through."""


@contextmanager
def refused(*error_ids: str) -> Iterator[list[Mismatch]]:
    """The body must raise an AttestationError with a mismatch of each of `error_ids`.

    Gives a list that holds all mismatches afterwards.
    """
    mismatches: list[Mismatch] = []
    try:
        yield mismatches
    except AttestationError as exc:
        _require_complete(exc, set(error_ids))
        mismatches += exc.mismatches
    else:
        msg = f"not refused, {error_ids} expected"
        raise NotRefusedError(msg)


@contextmanager
def fails(error_id: str) -> Iterator[None]:
    """The body must raise an Error of another kind with this ID: of the protocol, of the caller."""
    with pytest.raises(Error) as caught:
        yield
    assert caught.value.error_id == error_id, caught.value
    assert caught.value.hint
    sightings.refusal(error_id)


def _require_complete(refusal: AttestationError, error_ids: set[str]) -> None:
    found = {mismatch.error_id for mismatch in refusal.mismatches}
    assert found >= error_ids, f"refused for {found}"
    assert refusal.exit_code == ExitCode.ATTESTATION_REFUSED
    assert refusal.hint
    for mismatch in refusal.mismatches:
        assert all((mismatch.claim, mismatch.expected, mismatch.got, mismatch.source))
    sightings.refusal(*found)
