"""Which functions of a package each test runs, found by running all tests without any fault."""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest


class Recorder:
    """A pytest plugin. A function is named `FILE|Class.method`, FILE relative to the package."""

    def __init__(self, package: Path) -> None:
        self._root = f"{package}/"
        self._calls: set[str] = set()
        self._of_file: dict[str, set[str]] = {}
        self._of_fixture: defaultdict[str, set[str]] = defaultdict(set)
        self._of_test: dict[str, set[str]] = {}
        self._fixtures: dict[str, list[str]] = {}
        self._seconds: dict[str, float] = {}

    def result(self) -> dict[str, Any]:
        """Seconds and functions of each test."""
        return {
            test: {"seconds": seconds, "functions": sorted(self._functions(test))}
            for test, seconds in self._seconds.items()
        }

    def _functions(self, test: str) -> set[str]:
        """What runs in a fixture, or when a file is loaded, counts for all who use it."""
        fixtures = (self._of_fixture[name] for name in self._fixtures[test])
        return self._of_test[test].union(self._of_file[test.partition("::")[0]], *fixtures)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        """Record what a test file does when it is loaded."""
        if not isinstance(collector, pytest.Module):
            return (yield)
        self._calls = self._of_file[collector.nodeid] = set()
        with self._tracing():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Function) -> Iterator[None]:
        """Record one test from set-up to tear-down."""
        self._calls = self._of_test[item.nodeid] = set()
        self._fixtures[item.nodeid] = item.fixturenames
        started = time.perf_counter()
        try:
            with self._tracing():
                return (yield)
        finally:
            self._seconds[item.nodeid] = time.perf_counter() - started

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
        """A fixture that lives longer than a test is made in the first test that asks for it."""
        outer, self._calls = self._calls, self._of_fixture[fixturedef.argname]
        try:
            return (yield)
        finally:
            self._calls = outer

    @contextmanager
    def _tracing(self) -> Iterator[None]:
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)

    def _trace(self, frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(self._root):
            function = code.co_qualname.partition(".<locals>")[0]
            self._calls.add(f"{code.co_filename.removeprefix(self._root)}|{function}")
