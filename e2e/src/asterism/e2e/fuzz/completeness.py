"""Finds every function of the product that reads, so that none is forgotten by the targets.

A reader is a public function or method whose name says so and which takes bytes, text, parsed JSON,
a message or a path. What it calls privately is reached through it.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from asterism.e2e.fuzz.seeds import ROOT

_NAME = re.compile(
    r"(parse|decode|read|from|open|opened|load|feed|receive|server_name|requested|imported|redact|"
    r"authenticate|checked|verify)(_|$)"
)
_FOREIGN = re.compile(
    r"bytes|\bstr\b|Json|\bobject\b|\bdict\b|Path|pb2|Reader|Evidence|Hello|Proof|Document"
)
_GENERATED = re.compile(r"_pb2(_grpc)?\.py$")
_HARNESS = ROOT / "e2e"

_Definition = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def readers() -> frozenset[str]:
    """Module and qualified name of every reader in */src/asterism, the harness left out."""
    return frozenset(name for path in _sources() for name in _readers_of(path))


def _sources() -> Iterator[Path]:
    for path in sorted(ROOT.glob("*/src/asterism/**/*.py")):
        if not _GENERATED.search(path.name) and _HARNESS not in path.parents:
            yield path


def _readers_of(path: Path) -> Iterator[str]:
    parts = path.with_suffix("").parts
    module = ".".join(parts[parts.index("src") + 1 :]).removesuffix(".__init__")
    for prefix, definition in _public(ast.parse(path.read_text()), ""):
        if _NAME.match(definition.name) and _takes_foreign(definition):
            yield f"{module}.{prefix}{definition.name}"


def _public(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, _Definition]]:
    for item in node.body:
        if isinstance(item, ast.ClassDef) and not item.name.startswith("_"):
            yield from _public(item, f"{prefix}{item.name}.")
        elif isinstance(item, _Definition) and not item.name.startswith("_"):
            yield prefix, item


def _takes_foreign(definition: _Definition) -> bool:
    arguments = definition.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    annotations = [ast.unparse(item.annotation) for item in given if item.annotation is not None]
    return any(_FOREIGN.search(text) for text in annotations)
