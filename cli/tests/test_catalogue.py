"""Error IDs: each in the catalogue, each used by product code, and no error without one."""

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from asterism.errors import ExitCode
from asterism.errors.catalogue import entries

CHECKOUT = Path(__file__).parents[2]
PARTS = (
    *(f"{part}/src" for part in ("internal", "machine", "bootstrapper", "images", "cli")),
    "e2e/src/asterism/conformance",
)
ERROR_ID = re.compile(r"(?P<whole>[A-Z]{3}-[0-9]{3})$|\[(?P<head>[A-Z]{3}-[0-9]{3})\]")
"""An ID alone, or at the head of a message for a peer."""
REVIEWED = {
    # caught where the file is read, and told as CLU-014, CLU-005 or FIL-006
    "cluster/state.py": {"ValueError"},
    "cluster/pin.py": {"ValueError"},
    "cluster/saved_evidence.py": {"ValueError"},
    # bugs of ours, told as INT-001
    "cli/lazy.py": {"TypeError"},
    # told as USE-008
    "cli/main.py": {"KeyboardInterrupt"},
    "cluster/interrupts.py": {"KeyboardInterrupt"},
}
"""Exceptions without an ID that the owner's side raises itself, and why none reaches the user."""


CLICKS = {"click.BadParameter"}
"""How a parameter is refused where it is read; told as USE-004."""


@cache
def modules() -> dict[str, ast.Module]:
    """All product modules outside the catalogue, by their path below `asterism/`."""
    return {
        str(path).partition("/src/asterism/")[2]: ast.parse(path.read_text())
        for part in PARTS
        for path in (CHECKOUT / part).rglob("*.py")
        if "catalogue" not in path.parts
    }


def ids_in(module: ast.Module) -> Iterator[str]:
    """Every ID that stands as a value of its own, not one that something is compared with."""
    compared = {
        id(inner)
        for node in ast.walk(module)
        if isinstance(node, ast.Compare)
        for inner in ast.walk(node)
    }
    for node in ast.walk(module):
        if id(node) in compared or not isinstance(node, ast.Constant):
            continue
        found = ERROR_ID.match(node.value) if isinstance(node.value, str) else None
        if found is not None:
            yield found["whole"] or found["head"]


@cache
def used_ids() -> frozenset[str]:
    """Every ID that product code gives to an error."""
    return frozenset(error_id for module in modules().values() for error_id in ids_in(module))


@pytest.mark.parametrize("error_id", entries())
def test_every_id_is_raised_somewhere(error_id: str) -> None:
    """An ID that nothing raises would be a promise without code."""
    assert error_id in used_ids()


def test_every_id_that_is_raised_is_in_the_catalogue() -> None:
    """Otherwise asking for its hint would be the next error."""
    assert used_ids() - entries().keys() == set()


@pytest.mark.parametrize("error_id", entries())
def test_every_entry_says_fact_cause_and_remedy(error_id: str) -> None:
    """The title fits behind `error[ID]:`, cause and hint are sentences."""
    entry = entries()[error_id]
    assert entry.title
    assert not entry.title.endswith(".")
    assert "\n" not in entry.title + entry.cause + entry.hint
    assert entry.cause.endswith((".", "!"))
    assert entry.hint.endswith((".", "!"))
    assert entry.exit_code != ExitCode.OK


@pytest.mark.parametrize(
    "name", [name for name in modules() if name.startswith(("cli/", "cluster/"))]
)
def test_the_owners_side_raises_nothing_without_an_id(name: str) -> None:
    """But for what is listed here with its reason; of click's exceptions only one is raised."""
    assert set(foreign_raises(modules()[name])) <= REVIEWED.get(name, set())


def foreign_raises(module: ast.Module) -> Iterator[str]:
    """Names of click's and builtin exceptions that a module raises, but for OSError's family."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Raise) or node.exc is None:
            continue
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = ast.unparse(raised)
        builtin = getattr(builtins, name, None)
        translated = isinstance(builtin, type) and issubclass(builtin, OSError)
        if name in CLICKS:
            continue
        if name.startswith("click.") or (builtin is not None and not translated):
            yield name


def test_only_renderers_write_to_standard_error() -> None:
    """So that --quiet and --log-format hold for every word; the question of a command is asked."""
    asking = {"cli/confirmation.py", "cli/main.py"}
    found = {
        name
        for name, module in modules().items()
        if name.startswith("cli/") and not name.startswith("cli/render/")
        for node in ast.walk(module)
        if isinstance(node, ast.keyword) and node.arg == "err"
    }
    assert found <= asking


def test_every_exit_code_is_explained() -> None:
    """In the index of errors, and in a few words."""
    index = (CHECKOUT / "docs" / "errors" / "README.md").read_text()
    for code in ExitCode:
        assert f"| {code.value} | {code.meaning} |" in index
