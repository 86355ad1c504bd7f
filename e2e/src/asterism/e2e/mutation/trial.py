"""One run of a package's tests in a process of its own, with one fault in one module, or none."""

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NoReturn

import pytest
from typing_extensions import override

_MARKERS = "not root and not image and not cluster and not slow and not tools"
_PATIENCE = 30
"""Seconds after which a test hangs. Ours take less than two, on a busy computer ten."""
_MEMORY = 4 << 30
"""Bytes of address space: a fault may ask for all there is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The module that is loaded otherwise than from its file."""

    module: str
    filename: str
    code: CodeType


@dataclass(frozen=True, slots=True)
class Trial:
    """A forked child; its result is in the file `said` once it has ended."""

    pid: int
    pidfd: int
    said: int


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.module, fault.filename)
        self._code = fault.code

    @override
    def get_code(self, fullname: str) -> CodeType:
        return self._code


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._fault.module:
            return None
        return importlib.util.spec_from_file_location(
            fullname, self._fault.filename, loader=_Loader(self._fault)
        )


class Selection:
    """Runs only the tests wanted, quick ones first, and remembers the first that fails."""

    def __init__(self, order: Sequence[str], known: Collection[str]) -> None:
        self._rank = {test: place for place, test in enumerate(order)}
        self._unwanted = frozenset(known) - frozenset(order)
        self.failed = ""
        self.hung = False

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """A name may hold values of the code, so a fault can rename tests: these are run, too."""
        wanted = [item for item in items if item.nodeid not in self._unwanted]
        items[:] = sorted(wanted, key=lambda item: self._rank.get(item.nodeid, -1))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The first failure, in whatever phase."""
        if report.failed and not self.failed:
            self.failed = report.nodeid
            self.hung = "Timeout (>" in report.longreprtext


def start(work: Callable[[], Any], log: Path = Path(os.devnull)) -> Trial:
    """Fork a child that does `work`, whose result must be JSON; its output goes to `log`."""
    said = os.memfd_create("said")
    pid = os.fork()
    if pid == 0:
        _be_child(work, said, log)
    return Trial(pid, os.pidfd_open(pid), said)


def finish(trial: Trial) -> Any:
    """The child's result, None if it has none; nothing that it started stays."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(trial.pid, signal.SIGKILL)
    os.waitpid(trial.pid, 0)
    os.close(trial.pidfd)
    with open(trial.said, "rb") as said:
        said.seek(0)
        text = said.read()
    return json.loads(text) if text else None


def run_tests(tree: Path, files: Collection[str], plugin: object) -> int:
    """Run test files of `tree` until one fails; pytest's exit code."""
    os.chdir(tree)
    arguments = ["-x", "-q", "--no-header", "-c", f"{tree}/pyproject.toml", f"--rootdir={tree}"]
    arguments += ["-p", "no:cacheprovider", "-p", "pytest_timeout", f"--timeout={_PATIENCE}"]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return int(pytest.main([*arguments, "-m", _MARKERS, *files], plugins=[plugin]))


def install(fault: Fault) -> None:
    """From now on the fault's module is loaded with the fault."""
    sys.meta_path.insert(0, _Finder(fault))


def _be_child(work: Callable[[], Any], said: int, log: Path) -> NoReturn:
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        _redirect(log)
        os.write(said, json.dumps(work()).encode())
    finally:
        os._exit(0)


def _redirect(log: Path) -> None:
    output = os.open(log, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    for descriptor in (0, 1, 2):
        os.dup2(output, descriptor)
