"""The faults: which pieces of code are replaced, and by what.

Each takes one node of a syntax tree and gives the nodes that may stand in its place. Left out is
what `mypy --strict` refuses anyway (arguments and results replaced by None or left out).
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import Any, TypeVar

_Node = TypeVar("_Node", bound=ast.AST)
_Item = TypeVar("_Item")

_SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.Pow: (ast.Mult,),
}
_TWINS = {
    "all": "any",
    "any": "all",
    "min": "max",
    "max": "min",
    "startswith": "endswith",
    "endswith": "startswith",
    "removeprefix": "removesuffix",
    "ljust": "rjust",
    "partition": "rpartition",
    "rpartition": "partition",
}
"""Functions and methods that are easily taken for one another."""


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that stands in the place of `node` in one of the faults."""
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def _swapped(node: ast.operator | ast.cmpop) -> Iterator[ast.AST]:
    """`==` for `!=`, `<` for `<=` and `>=`, `+` for `-`."""
    for other in _SWAPPED.get(type(node), ()):
        yield other()


def _connective(node: ast.BoolOp) -> Iterator[ast.AST]:
    """`and` for `or`, and each operand left out."""
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for rest in _without_each(node.values):
        yield ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]


def _unary(node: ast.UnaryOp) -> Iterator[ast.AST]:
    """`not` and the sign left out."""
    yield node.operand


def _branch(node: ast.If | ast.IfExp) -> Iterator[ast.AST]:
    """A decision that is always taken, or never.

    Where only one step hangs on it, "never" is the same as leaving out that step, see `_omitted`.
    """
    yield _with(node, test=ast.Constant(True))
    if isinstance(node, ast.IfExp) or node.orelse or len(node.body) > 1:
        yield _with(node, test=ast.Constant(False))


def _filter(node: ast.comprehension) -> Iterator[ast.AST]:
    """A comprehension that takes everything."""
    for rest in _without_each(node.ifs):
        yield _with(node, ifs=rest)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    """Another number, the other truth, another name or label; texts for people are left alone."""
    match node.value:
        case bool():
            yield ast.Constant(not node.value)
        case int() | float():
            yield ast.Constant(node.value + 1)
        case bytes():
            yield ast.Constant(b"X" + node.value)
        case str() if " " not in node.value:
            yield ast.Constant("X" + node.value)


def _display(node: ast.Tuple | ast.List | ast.Set) -> Iterator[ast.AST]:
    """A list, tuple or set with one item fewer."""
    if not isinstance(node, ast.Set) and not isinstance(node.ctx, ast.Load):
        return
    for rest in _without_each(node.elts):
        # there is no display of an empty set
        yield _with(node, elts=rest) if rest else ast.Tuple([], ast.Load())


def _mapping(node: ast.Dict) -> Iterator[ast.AST]:
    """A dictionary with one member fewer."""
    pairs = list(zip(node.keys, node.values, strict=True))
    for rest in _without_each(pairs):
        yield ast.Dict([key for key, _ in rest], [value for _, value in rest])


def _omitted(node: ast.stmt) -> Iterator[ast.AST]:
    """A check, a refusal or another step that is not made."""
    if not (isinstance(node, ast.Return) and node.value):
        yield ast.Pass()


def _handlers(node: ast.Try) -> Iterator[ast.AST]:
    """One `except` fewer; without any and without `finally` there is nothing left to leave out."""
    for rest in _without_each(node.handlers):
        if rest or node.finalbody:
            yield _with(node, handlers=rest)
    if node.finalbody and node.handlers:
        yield _with(node, finalbody=[])


def _cases(node: ast.Match) -> Iterator[ast.AST]:
    """One `case` fewer."""
    for rest in _without_each(node.cases):
        if rest:
            yield _with(node, cases=rest)


def _twin_name(node: ast.Name) -> Iterator[ast.AST]:
    """`all` for `any`, `min` for `max`."""
    if node.id in _TWINS:
        yield ast.Name(_TWINS[node.id], node.ctx)


def _twin_method(node: ast.Attribute) -> Iterator[ast.AST]:
    """`startswith` for `endswith`."""
    if node.attr in _TWINS:
        yield _with(node, attr=_TWINS[node.attr])


def _with(node: _Node, **fields: object) -> _Node:
    changed = copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _without_each(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    for left_out in range(len(items)):
        yield [item for place, item in enumerate(items) if place != left_out]


_Operator = Callable[[Any], Iterator[ast.AST]]

_OPERATORS: tuple[tuple[tuple[type[ast.AST], ...], _Operator], ...] = (
    ((ast.operator, ast.cmpop), _swapped),
    ((ast.BoolOp,), _connective),
    ((ast.UnaryOp,), _unary),
    ((ast.If, ast.IfExp), _branch),
    ((ast.comprehension,), _filter),
    ((ast.Constant,), _constant),
    ((ast.Tuple, ast.List, ast.Set), _display),
    ((ast.Dict,), _mapping),
    (
        (ast.Expr, ast.Raise, ast.Return, ast.AugAssign, ast.Delete, ast.Continue, ast.Break),
        _omitted,
    ),
    ((ast.Try,), _handlers),
    ((ast.Match,), _cases),
    ((ast.Name,), _twin_name),
    ((ast.Attribute,), _twin_method),
)
