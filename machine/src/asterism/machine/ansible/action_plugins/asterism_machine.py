"""Action plugin: one verb of `python -m asterism.machine` on the inventory host.

It needs no module transfer, so a task costs tens of milliseconds instead of a second. The request
goes over standard input and never appears in an argument list.
"""

import base64
import json
import shlex
import time
from typing import Any

from ansible.plugins.action import ActionBase
from typing_extensions import override

PYTHON = "python3"


class ActionModule(ActionBase):  # type: ignore[misc] # Ansible has no types
    """`asterism_machine: {verb: VERB}`; the request is the host's variable `asterism_request`."""

    TRANSFERS_FILES = False

    @override
    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Do it; a failure carries the error's JSON, not only text."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        python = variables.get("asterism_python", PYTHON)
        command = shlex.join([python, "-m", "asterism.machine", self._task.args["verb"]])
        # Base64, so that nothing in it can be taken for a template.
        request = base64.b64decode(variables["asterism_request"])
        began = time.monotonic()
        done = self._low_level_execute_command(command, in_data=request)
        times = {"began": began, "ended": time.monotonic()}
        return result | {"times": times} | _outcome(done)


def _outcome(done: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = json.loads(done["stdout"])
    except ValueError:
        said = done["stderr"] or done["stdout"]
        return {"failed": True, "msg": f"no answer, exit code {done['rc']}: {said}"}
    if "error" in answer:
        error = answer["error"]
        return {"failed": True, "error": error, "msg": f"[{error['id']}] {error['detail']}"}
    return {"answer": answer}
