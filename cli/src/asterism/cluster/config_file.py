"""Reads cluster configuration: YAML to `Cluster`, every complaint with file and line."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import msgspec
import yaml

from asterism.cluster.config import Cluster
from asterism.errors import UserError
from asterism.kube.bounded_yaml import UNREADABLE, require_bounded

KeyPath: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Settings as given, and where each of them was given."""

    name: str
    values: dict[str, Any]
    places: dict[KeyPath, str] = field(default_factory=dict)
    """`FILE:LINE` or the `--set` that each key comes from."""

    def where(self, path: KeyPath) -> str:
        """The place of `path`, or of the nearest mapping that holds it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.name)


def load(file: Path | None, text: str | None, overrides: Sequence[str]) -> Cluster:
    """The cluster that `file` (or `text` of standard input) and `--set` overrides describe.

    Raises UserError CFG-001 to CFG-008. Without file and text: the defaults.
    """
    source = Source("defaults", {})
    if text is not None:
        source = _checked(parse(text, "standard input"))
    elif file is not None:
        source = _checked(parse(_read(file), str(file)))
    for override in overrides:
        source = _override(source, override)
    return _convert(source)


def load_argument(argument: Path | None, overrides: Sequence[str]) -> Cluster:
    """As `load`, for a `--config` argument: `-` is standard input, None no file at all."""
    if argument is not None and str(argument) == "-":
        return load(None, sys.stdin.read(), overrides)
    return load(argument, None, overrides)


def parse(text: str, name: str) -> Source:
    """The mapping in `text`; CFG-002 if it is none, CFG-008 for a key given twice."""
    try:
        require_bounded(text, aliases=False)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        values = yaml.load(text, Loader=yaml.CSafeLoader)
    except UNREADABLE as exc:
        mark = getattr(exc, "problem_mark", None)
        place = name if mark is None else f"{name}:{mark.line + 1}"
        raise UserError("CFG-002", f"{place}: {getattr(exc, 'problem', exc)}") from exc
    if root is None:
        return Source(name, {})
    if not isinstance(root, yaml.MappingNode):
        raise UserError("CFG-002", f"{name}: not a mapping")
    places: dict[KeyPath, str] = {}
    for path, line in _keys(root, ()):
        if path in places:
            raise UserError("CFG-008", f"{name}:{line}: `{'.'.join(path)}`")
        places[path] = f"{name}:{line}"
    return Source(name, values, places)


def example() -> str:
    """A complete file: every setting with its default and what it is for."""
    return "".join(_example(Cluster, ()))


def schema() -> dict[str, Any]:
    """JSON schema of the file."""
    return msgspec.json.schema(Cluster)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as exc:
        raise UserError("CFG-001", f"{file}: {exc}") from exc


def _keys(node: yaml.Node, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            yield here, key.start_mark.line + 1
            yield from _keys(value, here)


def _fields(struct: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(struct)}


def _inner(field_: msgspec.structs.FieldInfo) -> type[msgspec.Struct] | None:
    kind = field_.type
    return kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None


def _checked(source: Source) -> Source:
    """The same source, once its keys are known ones and it says what it is."""
    for path in source.places:
        _require_known(path, source.where(path))
    for name in ("apiVersion", "kind"):
        if name not in source.values:
            raise UserError("CFG-004", f"{source.name}: `{name}` is missing")
    return source


def _require_known(path: KeyPath, where: str) -> None:
    struct: type[msgspec.Struct] | None = Cluster
    for depth, key in enumerate(path):
        known = _fields(struct) if struct is not None else {}
        if key not in known:
            _unknown(".".join(path[: depth + 1]), key, list(known), where)
        struct = _inner(known[key])


def _unknown(dotted: str, key: str, known: list[str], where: str) -> NoReturn:
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    advice = f"; did you mean `{near[0]}`?" if near else f"; known: {', '.join(known) or 'none'}"
    raise UserError("CFG-003", f"{where}: `{dotted}`{advice}")


def _override(source: Source, override: str) -> Source:
    dotted, equals, text = override.partition("=")
    path = tuple(dotted.split("."))
    if not equals or not all(path):
        raise UserError("CFG-005", f"`{override}`")
    _require_known(path, f"--set {override}")
    values = _with(source.values, path, _scalar(text, override))
    return Source(source.name, values, {**source.places, path: f"--set {override}"})


def _scalar(text: str, override: str) -> object:
    try:
        require_bounded(text, aliases=False)
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except UNREADABLE as exc:
        raise UserError("CFG-005", f"`{override}`: the value is not YAML") from exc


def _with(values: dict[str, Any], path: KeyPath, value: object) -> dict[str, Any]:
    inner = values.get(path[0])
    if len(path) == 1:
        return {**values, path[0]: value}
    return {**values, path[0]: _with(inner if isinstance(inner, dict) else {}, path[1:], value)}


def _convert(source: Source) -> Cluster:
    try:
        return msgspec.convert(source.values, Cluster)
    except msgspec.ValidationError as exc:
        reason, _, dotted = str(exc).partition(" - at `$.")
        path = tuple(dotted.rstrip("`").split(".")) if dotted else ()
        name = f"`{'.'.join(path)}`: " if path else ""
        raise UserError("CFG-004", f"{source.where(path)}: {name}{reason}") from exc


def _example(struct: type[msgspec.Struct], path: KeyPath) -> Iterator[str]:
    indent = "  " * len(path)
    descriptions = schema()["$defs"][struct.__name__]["properties"]
    for name, field_ in _fields(struct).items():
        inner = _inner(field_)
        if inner is not None:
            yield f"{indent}# {(inner.__doc__ or '').strip()}\n{indent}{name}:\n"
            yield from _example(inner, (*path, name))
        else:
            yield f"{indent}# {descriptions[name]['description']}\n"
            yield f"{indent}{name}: {msgspec.json.encode(field_.default).decode()}\n"
