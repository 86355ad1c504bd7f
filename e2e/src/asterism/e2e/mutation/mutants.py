"""All mutants of one source file: where they are, and the code that one of them compiles to."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from asterism.e2e.mutation.operators import replacements

_TEXT_LIMIT = 70
_UNTOUCHED_FIELDS = {"annotation", "returns", "decorator_list", "format_spec"}
"""Types are mypy's affair; decorators are read when a module is loaded; a format is for people."""
_UNTOUCHED_CALLS = {"TypeVar", "assert_never", "cast"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault. `owner` is the qualified name of the function it is in, empty outside of any."""

    number: int
    line: int
    owner: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node hangs in its tree."""

    parent: ast.AST
    field: str
    index: int | None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


@dataclass(frozen=True, slots=True)
class _Fault:
    place: _Place
    node: ast.AST
    replacement: ast.AST
    line: int
    owner: str


class MutatedSource:
    """The mutants of one file, numbered in the order of the source."""

    def __init__(self, text: str) -> None:
        self._tree = ast.parse(text)
        self._faults = list(_faults(self._tree, "", 1))

    def mutants(self) -> list[Mutant]:
        """What they are."""
        return [
            Mutant(number, at.line, _function(at.owner), _text(at.node), _text(at.replacement))
            for number, at in enumerate(self._faults)
        ]

    def compiled(self, number: int, filename: str) -> CodeType:
        """The module with the fault `number` in it."""
        fault = self._faults[number]
        fault.place.put(ast.copy_location(fault.replacement, fault.node))
        try:
            return compile(ast.fix_missing_locations(self._tree), filename, "exec")
        finally:
            fault.place.put(fault.node)


def _faults(parent: ast.AST, owner: str, line: int) -> Iterator[_Fault]:
    for place, node in _children(parent):
        if _is_untouched(node):
            continue
        at = getattr(node, "lineno", line)
        for replacement in replacements(node):
            yield _Fault(place, node, replacement, at, owner)
        yield from _faults(node, _owner(node, owner), at)


def _children(parent: ast.AST) -> Iterator[tuple[_Place, ast.AST]]:
    for field, value in ast.iter_fields(parent):
        if field in _UNTOUCHED_FIELDS:
            continue
        if isinstance(value, ast.AST):
            yield _Place(parent, field, None), value
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield _Place(parent, field, index), item


def _owner(node: ast.AST, owner: str) -> str:
    """`Class.method` for all that is inside; a function within a function belongs to the outer."""
    if not isinstance(node, ast.ClassDef | ast.FunctionDef) or owner.endswith("()"):
        return owner
    name = f"{owner}.{node.name}".removeprefix(".")
    return name if isinstance(node, ast.ClassDef) else f"{name}()"


def _function(owner: str) -> str:
    """A class body is run when the module is loaded, as all that is outside of functions."""
    return owner[:-2] if owner.endswith("()") else ""


def _is_untouched(node: ast.AST) -> bool:
    """Docstrings, names of types, and what is only there for the type checker."""
    match node:
        case ast.Expr(value=ast.Constant() | ast.Yield()):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.Assign(value=ast.Subscript(value=ast.Name(id="Callable" | "tuple"))):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Call(func=ast.Name(id=name)) if name in _UNTOUCHED_CALLS:
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name in _UNTOUCHED_CALLS:
            return True
    return False


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.operator | ast.cmpop):
        return type(node).__name__
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _TEXT_LIMIT else f"{text[: _TEXT_LIMIT - 3]}..."
