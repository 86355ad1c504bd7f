"""What a caller is told when something fails."""

from typing import Any

import grpc
import pytest

from asterism.bootstrapper import rpc
from asterism.errors import AttestationError, Error, ProvisionError


class Context:
    """A call of a peer that has proven nothing."""

    def __init__(self, code: grpc.StatusCode | None = None) -> None:
        self.told: list[tuple[grpc.StatusCode, str]] = []
        self._code = code

    def code(self) -> grpc.StatusCode | None:
        return self._code

    def peer(self) -> str:
        return "unix:"

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        """gRPC ends the call by an exception."""
        self.told.append((code, details))
        raise RuntimeError(details)


class Servicer:
    """Fails as it is told to."""

    @rpc.unary
    def call(self, failure: Exception, _context: Any) -> None:
        raise failure

    @rpc.streaming
    def stream(self, failure: Exception, _context: Any) -> Any:
        yield 1
        raise failure


def told(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, str]]:
    """What unary call and stream tell."""
    monkeypatch.setattr(rpc, "_is_owner", lambda _context: False)
    context: Any = Context()
    with pytest.raises((RuntimeError, Error)):
        Servicer().call(failure, context)
    with pytest.raises((RuntimeError, Error)):
        list(Servicer().stream(failure, context))
    found: list[tuple[Any, str]] = context.told
    return found


def test_a_refused_peer_learns_the_id_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """JOI-002 and nothing of what was expected."""
    refusal = AttestationError.of("JOI-002", claim="c", expected="secret", got="g", source="s")
    assert told(refusal, monkeypatch) == [(grpc.StatusCode.PERMISSION_DENIED, "JOI-002")] * 2


def test_a_bug_is_told_as_an_id_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """INT-001: gRPC by itself would send the exception's words."""
    found = told(ValueError("/var/lib/asterism/authorities"), monkeypatch)
    assert [details for _, details in found] == ["INT-001"] * 2


def test_an_aborted_call_is_left_as_it_is() -> None:
    """The exception by which gRPC aborts is none of ours."""
    context: Any = Context(grpc.StatusCode.UNAUTHENTICATED)
    with pytest.raises(RuntimeError, match="abort"):
        Servicer().call(RuntimeError("abort"), context)
    assert context.told == []


def test_other_errors_keep_their_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are no refusals."""
    found = told(ProvisionError("JOI-501", "broken"), monkeypatch)
    assert found == [(grpc.StatusCode.FAILED_PRECONDITION, "JOI-501")] * 2
