"""The secrets of this owner and this host by value, so that they are found in any text.

They are read only to be looked for; nothing of them is kept.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from asterism.cluster.home import OwnerHome
from asterism.config import paths
from asterism.errors import Error
from asterism.keys.owner import FILE_NAME

_PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(.+?)-----END", re.DOTALL)
_CREDENTIALS = ("client-key-data", "token", "password")

Values = tuple[bytes, ...]


def known(home: OwnerHome, cluster: str | None) -> dict[str, Values]:
    """Secret values by what they are. What this user cannot read is not among them."""
    return {
        "owner key": _readable(_seed, [home.owner_directory / FILE_NAME]),
        "release key": _readable(_seed, [paths.STATE / "release" / FILE_NAME]),
        "maker's key": _readable(_private_keys, paths.MAKERS.glob("*.pem")),
        "kubeconfig credential": _readable(_credentials(home), home.kubeconfigs()),
        "authority's key": _readable(_private_keys, _authorities(cluster)),
    }


def _authorities(cluster: str | None) -> Iterator[Path]:
    """Keys on the nodes' state disks, which are not encrypted yet."""
    if cluster is not None:
        yield from paths.cluster_dir(cluster).glob("machines/*/disk/asterism/**/*.key")


def _readable(values: Callable[[Path], Iterable[bytes]], files: Iterable[Path]) -> Values:
    found: list[bytes] = []
    for file in files:
        try:
            found += values(file)
        except (OSError, Error, ValueError):
            continue
    return tuple(found)


def _seed(file: Path) -> Iterator[bytes]:
    """An owner key's file: the seed in hexadecimal."""
    text = file.read_bytes().strip()
    yield text
    yield bytes.fromhex(text.decode("ascii"))


def _private_keys(file: Path) -> Iterator[bytes]:
    """The DER of private keys in PEM; the whole file if it is a key of another form."""
    text = file.read_bytes()
    bodies = _PEM.findall(text)
    if not bodies and b"BEGIN" not in text:
        yield text.strip()
    for body in bodies:
        yield base64.b64decode(body)


def _credentials(home: OwnerHome) -> Callable[[Path], Iterator[bytes]]:
    def values(file: Path) -> Iterator[bytes]:
        for entry in home.kubeconfig_at(file).read().get("users") or []:
            user: dict[str, Any] = entry.get("user") or {}
            for name in _CREDENTIALS:
                if isinstance(user.get(name), str):
                    yield from _credential(user[name].encode())

    return values


def _credential(text: bytes) -> Iterator[bytes]:
    """As it stands, and what it is if it is base64 (of PEM)."""
    yield text
    try:
        opened = base64.b64decode(text, validate=True)
    except binascii.Error:
        return
    yield opened
    for body in _PEM.findall(opened):
        yield base64.b64decode(body)
