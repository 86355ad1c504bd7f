"""The child process that runs Ansible: inventory entries on stdin, one JSON line for each event.

`python -m asterism.machine.provision_worker LIFELINE LOCK`: it ends with whoever has the other end
of the pipe LIFELINE, and holds the file LOCK for as long as anything of it may make machines.

Signals are its starter's to answer, who may get them at the same time from a terminal: if the
worker ended by itself, what Ansible has started would go on without anybody to end it.

Lines: `{"machine", "answer", "times"}` for a started machine, `{"machine", "error", "times"}` for a
machine's own refusal, `{"said"}` for anything else that went wrong. Exit code 0 when all went well.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from asterism.machine import lifeline
from asterism.machine.files import lock_file

HERE = Path(__file__).parent / "ansible"
TMPFS = (Path("/run"), Path("/dev/shm"))  # noqa: S108 - a private directory is made inside
POLL_SECONDS = 0.2


def main(descriptor: int, lock: Path, text: str) -> int:
    """Run the playbook over the given inventory; the exit code."""
    entries: list[dict[str, Any]] = json.loads(text)
    with lock_file(lock):
        cluster = lock.parent.name
        private = tempfile.mkdtemp(f".{cluster}", "asterism-", _tmpfs())  # mode 0700
        clean = partial(shutil.rmtree, private, ignore_errors=True)
        lifeline.hold(descriptor, clean)
        try:
            return _play(entries, Path(private))
        finally:
            clean()


def _play(entries: list[dict[str, Any]], private: Path) -> int:
    import ansible_runner

    hosts = {entry["machine"]: entry["variables"] for entry in entries}
    outcome = ansible_runner.run(
        private_data_dir=str(private),
        playbook=str(HERE / "create.yml"),
        inventory={"machines": {"hosts": hosts}},
        envvars=_environment(private),
        settings={"pexpect_timeout": POLL_SECONDS, "suppress_env_files": True},
        forks=len(hosts),
        event_handler=_on_event,
        cancel_callback=lambda: False,  # else it takes the signals
        quiet=True,
    )
    return 0 if outcome.status == "successful" else 1


def _environment(private: Path) -> dict[str, str]:
    return {
        "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": str(private / "tmp"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "GRPC_ENABLE_FORK_SUPPORT": "0",
        # ansible-playbook lies beside the interpreter, which need not be on the caller's path.
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
    }


def _on_event(event: dict[str, Any]) -> bool:
    data = event.get("event_data", {})
    result = data.get("res") or {}
    if event["event"] == "runner_on_ok" and "answer" in result:
        _tell(machine=data["host"], answer=result["answer"], times=result["times"])
    elif event["event"] in {"runner_on_failed", "runner_on_unreachable"}:
        if "error" in result:
            _tell(machine=data["host"], error=result["error"], times=result["times"])
        else:
            _tell(said=f"{data.get('host')}: {result.get('msg', event.get('stdout', ''))}")
    elif event["event"] in {"error", "verbose", "warning", "playbook_on_no_hosts_matched"}:
        _tell(said=event.get("stdout", ""))
    return True  # anything else would make ansible-runner forget the event


def _tell(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _leave_signals() -> None:
    """Do nothing on signals. They are not ignored: that would be inherited by what is started."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)


def _tmpfs() -> str | None:
    usable = [place for place in TMPFS if place.is_dir() and os.access(place, os.W_OK)]
    return str(usable[0]) if usable else None


if __name__ == "__main__":
    _leave_signals()
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2]), sys.stdin.read()))
