"""`python -m asterism.machine VERB`: one JSON object on standard input, one on standard output.

A failure is `{"error": {...}}` with its stable ID and exit code 1.
"""

import json
import sys

from asterism.errors import Error, UserError, from_os
from asterism.machine.verbs import Answer, Request, perform
from asterism.machine.wire import encode_error


def main(arguments: list[str], text: str) -> tuple[int, Answer]:
    """Exit code and answer for a command line and what came on standard input."""
    try:
        return 0, perform(_verb(arguments), _request(text))
    except Error as exc:
        return 1, {"error": encode_error(exc)}
    except OSError as exc:
        return 1, {"error": encode_error(from_os(exc))}


def _verb(arguments: list[str]) -> str:
    if len(arguments) != 1:
        raise UserError("MCH-016", "exactly one verb is wanted")
    return arguments[0]


def _request(text: str) -> Request:
    try:
        request = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise UserError("MCH-016", f"the request is not JSON: {exc}") from exc
    if not isinstance(request, dict):
        raise UserError("MCH-016", "the request is not a JSON object")
    return request


if __name__ == "__main__":
    code, answer = main(sys.argv[1:], sys.stdin.read())
    json.dump(answer, sys.stdout)
    sys.exit(code)
