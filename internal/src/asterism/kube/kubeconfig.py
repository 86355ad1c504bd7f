"""The user's kubeconfig: entries of one cluster merged in and taken out, all else left as it is.

Follows client-go: the `$KUBECONFIG` list rules, the lock file `FILE.lock` made with O_EXCL, mode
0600. Written atomically, through symbolic links, with the owner that the file (or its directory)
should have even when root does the writing.
"""

import base64
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from asterism.errors import UserError
from asterism.kube import lock_file
from asterism.kube.bounded_yaml import UNREADABLE, require_bounded

EXTENSION = "asterism.dev/cluster"
SECTIONS = ("clusters", "contexts", "users")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one cluster's three entries hold. `certificate`, `key` and `authority` are PEM."""

    name: str
    server: str
    server_name: str
    authority: bytes
    certificate: bytes
    key: bytes
    extension: Mapping[str, object]

    def document(self) -> Document:
        """The entry as a kubeconfig of its own."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": self.name, "cluster": self._cluster()}],
            "contexts": [{"name": self.name, "context": self._context()}],
            "users": [{"name": self.name, "user": self._user()}],
            "current-context": self.name,
        }

    def _cluster(self) -> Document:
        return {
            "server": self.server,
            "tls-server-name": self.server_name,
            "certificate-authority-data": _base64(self.authority),
            "extensions": self._extensions(),
        }

    def _context(self) -> Document:
        """Programs that show contexts look no further, so what the cluster is stands here too."""
        return {"cluster": self.name, "user": self.name, "extensions": self._extensions()}

    def _extensions(self) -> list[Document]:
        return [{"name": EXTENSION, "extension": dict(self.extension)}]

    def _user(self) -> Document:
        return {
            "client-certificate-data": _base64(self.certificate),
            "client-key-data": _base64(self.key),
        }


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose files they are: new files and directories are given to this uid and gid."""

    uid: int
    gid: int


def context_name(cluster: str) -> str:
    """The name of the context, cluster and user entries of `cluster`."""
    return f"asterism-{cluster}"


def dump(document: Document) -> str:
    """The document as YAML, keys in the order they have."""
    return yaml.dump(document, Dumper=yaml.SafeDumper, sort_keys=False)


def search_path(home: Path, variable: str | None, explicit: Path | None) -> list[Path]:
    """The files that make up the user's kubeconfig, first one strongest (client-go's rules)."""
    if explicit is not None:
        return [explicit]
    listed = [Path(part) for part in (variable or "").split(os.pathsep) if part]
    return list(dict.fromkeys(listed)) or [home / ".kube" / "config"]


def merge_target(files: list[Path]) -> Path:
    """Where client-go writes new entries: the first file that exists, else the last one."""
    return next((file for file in files if file.exists()), files[-1])


class KubeconfigFile:
    """One kubeconfig file on disk.

    All methods raise UserError KCF-001 (locked), KCF-002 (not a kubeconfig), KCF-003 (an entry of
    that name belongs to something else).
    """

    def __init__(self, path: Path, owner: Owner | None = None) -> None:
        self.path = path
        self._owner = owner

    def require_usable(self, name: str) -> None:
        """Raise now what merging an entry called `name` would raise; nothing is changed."""
        if self.path.parent.is_dir():
            with lock_file.locked(self.path):
                _refuse_foreign(self.read(), name, self.path)

    def merge(self, entry: Entry, *, switch: bool) -> bool:
        """Put `entry` in, in place of an older one of ours; True if current-context changed."""
        with self._locked():
            document = self.read()
            switched = merge_into(document, entry, self.path, switch=switch)
            self._write(document)
        return switched

    def remove(self, name: str) -> bool:
        """Take our entries called `name` out, and unset them as current; True if there were any."""
        if not self.path.exists():
            return False
        with self._locked():
            document = self.read()
            if not remove_from(document, name):
                return False
            self._write(document)
        return True

    def read(self) -> Document:
        """The whole document; a new one if the file is missing or empty."""
        try:
            text = self.path.read_text()
        except FileNotFoundError:
            text = ""
        except (OSError, UnicodeDecodeError) as exc:
            raise UserError("KCF-002", f"{self.path}: {exc}") from exc
        return parse(text, self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._make_directory()
        with lock_file.locked(self.path):
            yield

    def _make_directory(self) -> None:
        missing = [p for p in (self.path.parent, *self.path.parent.parents) if not p.exists()]
        for directory in reversed(missing):
            directory.mkdir(mode=0o700)
            if self._owner is not None:
                os.chown(directory, self._owner.uid, self._owner.gid)

    def _write(self, document: Document) -> None:
        target = Path(os.path.realpath(self.path))
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                self._give(descriptor, target)
                file.write(dump(document))
                file.flush()
                os.fsync(descriptor)
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise

    def _give(self, descriptor: int, target: Path) -> None:
        """Ownership of the file that is replaced, else of the owner given."""
        if target.exists():
            before = target.stat()
            owner = Owner(before.st_uid, before.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(before.st_mode) & 0o600)
        elif self._owner is not None:
            owner = self._owner
        else:
            return
        if os.geteuid() == 0:
            os.fchown(descriptor, owner.uid, owner.gid)


class _PlainLoader(yaml.CSafeLoader):
    """YAML as kubectl reads it: no dates, no `yes` and `on`, no base-60 numbers."""


_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    ("float", r"^[-+]?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?$", list("-+0123456789")),
    ("merge", r"^<<$", ["<"]),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def parse(text: str, source: Path) -> Document:
    """The kubeconfig in `text`; KCF-002 unless it is empty or a mapping with lists of entries."""
    try:
        require_bounded(text, aliases=True)
        document = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - derived from the safe loader
    except UNREADABLE as exc:
        raise UserError("KCF-002", f"{source}: {exc}") from exc
    if document is None:
        document = {"apiVersion": "v1", "kind": "Config"}
    if not isinstance(document, dict):
        raise UserError("KCF-002", f"{source} is not a mapping")
    for section in SECTIONS:
        items = document.get(section) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise UserError("KCF-002", f"{source}: `{section}` is not a list of entries")
    return document


def merge_into(document: Document, entry: Entry, source: Path, *, switch: bool) -> bool:
    """`KubeconfigFile.merge` on what was read from `source`."""
    _refuse_foreign(document, entry.name, source)
    for section, fresh in _sections(entry):
        _replace(document, section, fresh)
    switched = switch and document.get("current-context") != entry.name
    if switched:
        document["current-context"] = entry.name
    return switched


def remove_from(document: Document, name: str) -> bool:
    """`KubeconfigFile.remove` on what was read."""
    if not _is_ours(document, name):
        return False
    for section in SECTIONS:
        document[section] = [i for i in _items(document, section) if i.get("name") != name]
    if document.get("current-context") == name:
        document["current-context"] = ""
    return True


def _items(document: Document, section: str) -> list[Document]:
    return document.get(section) or []


def _is_ours(document: Document, name: str) -> bool:
    clusters = [c for c in _items(document, "clusters") if c.get("name") == name]
    return any(
        isinstance(extension, dict) and extension.get("name") == EXTENSION
        for cluster in clusters
        for extension in _extensions(cluster)
    )


def _extensions(entry: Document) -> list[object]:
    cluster = entry.get("cluster")
    found = cluster.get("extensions") if isinstance(cluster, dict) else None
    return found if isinstance(found, list) else []


def _refuse_foreign(document: Document, name: str, source: Path) -> None:
    if _is_ours(document, name):
        return
    for section in SECTIONS:
        if any(item.get("name") == name for item in _items(document, section)):
            raise UserError("KCF-003", f"{source}: `{name}` in `{section}` is of another origin")


def _sections(entry: Entry) -> list[tuple[str, Document]]:
    document = entry.document()
    return [(section, document[section][0]) for section in SECTIONS]


def _replace(document: Document, section: str, fresh: Document) -> None:
    """Put `fresh` where its namesake stands, else at the end."""
    items = list(_items(document, section))
    for index, item in enumerate(items):
        if item.get("name") == fresh["name"]:
            items[index] = fresh
            break
    else:
        items.append(fresh)
    document[section] = items


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
