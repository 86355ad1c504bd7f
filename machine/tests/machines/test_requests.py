"""`python -m asterism.machine` and the JSON form of errors."""

import pytest

from asterism.errors import Error, ProvisionError, UserError
from asterism.machine import verbs
from asterism.machine.__main__ import main
from asterism.machine.provision import _Collected
from asterism.machine.wire import decode_error, decode_message, encode_error


@pytest.mark.parametrize("kind", [UserError, ProvisionError])
def test_errors_survive_the_way(kind: type[Error]) -> None:
    """Kind, ID, detail and facts arrive as they were."""
    error = kind("MCH-131", "differs", expected="a", got="b")
    back = decode_error(encode_error(error), "MCH-015")
    assert type(back) is kind
    assert (back.error_id, back.detail, back.facts) == ("MCH-131", "differs", error.facts)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"Traceback",
        b"[" * 100_000,
        b"[]",
        b'{"error": 1}',
        b'{"error": {"kind": "UserError", "id": "XXX-999", "detail": "", "facts": {}}}',
        b'{"error": {"kind": "UserError", "id": "MCH-001", "detail": 1, "facts": {}}}',
        b'{"error": {"kind": "Exception", "id": "MCH-001", "detail": "", "facts": {}}}',
    ],
    ids=["nothing", "a traceback", "depth", "a list", "a number", "unknown ID", "no text", "kind"],
)
def test_what_a_host_says_beside_the_form_is_told_by_an_id(said: bytes) -> None:
    """The ID that the reader names, never a failure of the reader's own."""
    with pytest.raises(ProvisionError, match="MCH-005"):
        decode_message(said, "MCH-005")


@pytest.mark.parametrize("line", [b"{}", b'{"answer": {}, "times": {}}', b"\xff", b'{"times": 1}'])
def test_a_host_that_answers_nonsense_has_not_started_its_machine(line: bytes) -> None:
    """And the owner hears why."""
    collected = _Collected(lambda _: None)
    collected.take(line)
    with pytest.raises(ProvisionError, match="MCH-015"):
        collected.result({"a"}, 0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "{}"),
        (["dance"], "{}"),
        (["start"], "no json"),
        (["start"], "[]"),
        (["start"], '{"cluster": "c1"}'),
        (["start"], '{"cluster": 1, "machine": "a"}'),
        (["create"], '{"spec": {}, "initdata": "\\ud800"}'),
        (["start"], "[" * 100_000),
    ],
)
def test_refuses_what_is_no_request(arguments: list[str], text: str) -> None:
    """The answer is an error with the ID for requests and exit code 1."""
    code, answer = main(arguments, text)
    assert code == 1
    assert answer["error"]["id"] == "MCH-016"


def test_offers_every_verb_of_the_contract() -> None:
    """The names of docs/design/parts.md."""
    assert set(verbs.VERBS) == {
        "network-create", "network-delete", "create", "start", "launch", "stop", "delete", "list",
        "relay-start", "relay-stop",
    }  # fmt: skip


def test_missing_machine_keeps_its_id() -> None:
    """A refusal of the provider is told by its own ID."""
    _, answer = main(["start"], '{"cluster": "no-such-cluster", "machine": "m1"}')
    assert answer["error"]["id"] == "MCH-002"
