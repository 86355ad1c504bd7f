"""What the command line and nodes must say when they refuse."""

import json
from typing import Any

from asterism.e2e import sightings
from asterism.e2e.machine import Machine
from asterism.errors import ExitCode
from asterism.errors.catalogue import entry
from asterism.proc import Completed


def expect_refusal(done: Completed, *error_ids: str) -> dict[str, Any]:
    """Exit code 6 and, on standard error as JSON, every one of `error_ids` with its facts.

    The command must have been run with `--log-format json`. Gives the error's document.
    """
    shown = done.stderr.decode(errors="replace")
    assert done.returncode == ExitCode.ATTESTATION_REFUSED, shown
    errors = [json.loads(line) for line in shown.splitlines() if '"error"' in line]
    assert errors, shown
    error: dict[str, Any] = errors[-1]
    assert error["hint"]
    differences = error.get("mismatches") or [{"error": error["error"], **error.get("facts", {})}]
    assert {item["error"] for item in differences} >= set(error_ids), differences
    for item in differences:
        assert all(item.get(fact) for fact in ("claim", "expected", "got", "source")), item
    sightings.refusal(*(item["error"] for item in differences))
    return error


def expect_error(done: Completed, error_id: str) -> dict[str, Any]:
    """The exit code of `error_id` and, on standard error as JSON, the error itself.

    For what is the user's to mend; the command as for `expect_refusal`.
    """
    shown = done.stderr.decode(errors="replace")
    assert done.returncode == entry(error_id).exit_code, shown
    error: dict[str, Any] = json.loads(shown.strip().splitlines()[-1])
    assert error["error"] == error_id, shown
    assert error["hint"]
    sightings.refusal(error_id)
    return error


def expect_denied(done: Completed, error_id: str) -> None:
    """kubectl failed with the words of an admission policy of ours."""
    shown = done.stderr.decode(errors="replace")
    assert done.returncode != 0, done.text
    assert f"[{error_id}]" in shown, shown
    sightings.refusal(error_id)


def expect_in_journal(machine: Machine, error_id: str) -> None:
    """The node's journal tells of a refusal with this ID."""
    assert error_id in machine.journal(), f"{machine.name} says nothing of {error_id}"
    sightings.refusal(error_id)
