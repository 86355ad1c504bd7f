"""Typed reading of a JSON object whose members are all known and all mandatory.

A misspelt name must not turn a check off (attack A11), so an object with an unknown or a missing
member is refused before any value is read.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import IPv4Address
from typing import NoReturn, TypeVar

from asterism.errors import AttestationError, Mismatch
from asterism.keys.canonical import MAX_INTEGER, Json, JsonObject

_TOLD = 8
"""Unknown members that a refusal tells."""
_SHOWN = 64
"""Characters of a name that it shows."""
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_Item = TypeVar("_Item", bytes, str)


class Fields:
    """The members of one object; `where` names the object in refusals, e.g. `policy.snp`."""

    def __init__(self, value: Json, where: str, names: Iterable[str]) -> None:
        self.where = where
        if not isinstance(value, dict):
            _malformed(where, "an object", value)
        self._members = value
        self._exactly(frozenset(names))

    def _exactly(self, names: frozenset[str]) -> None:
        """DOC-002 for each member beyond `names`, DOC-003 for each that is not there."""
        unknown = sorted(self._members.keys() - names)
        missing = sorted(names - self._members.keys())
        # A stranger may have named a hundred thousand, and looking for the nearest takes time.
        found = [self._unknown(name[:_SHOWN], names) for name in unknown[:_TOLD]]
        found += [
            Mismatch("DOC-003", f"{self.where}.{name}", "a value", "nothing", "document form")
            for name in missing
        ]
        if found:
            raise AttestationError(found)

    def _unknown(self, name: str, names: frozenset[str]) -> Mismatch:
        near = get_close_matches(name, names, n=1)
        expected = f"did you mean {near[0]}?" if near else f"one of {', '.join(sorted(names))}"
        return Mismatch("DOC-002", self.where, expected, f"unknown field {name}", "document form")

    def raw(self, name: str) -> Json:
        """The member as it stands."""
        return self._members[name]

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self._members[name]
        if not isinstance(value, str) or not value:
            self.refuse(name, "a text that is not empty")
        return value

    def label(self, name: str, most: int) -> str:
        """A name that can be part of a host's (RFC 1123), of at most `most` characters."""
        value = self.text(name)
        if len(value) > most or _LABEL.fullmatch(value) is None:
            self.refuse(name, f"at most {most} of a-z, 0-9 and inner hyphens")
        return value

    def number(self, name: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
        """An integer from `least` to `most`."""
        value = self._members[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(name, f"an integer from {least} to {most}")
        return value

    def flag(self, name: str) -> bool:
        """true or false."""
        value = self._members[name]
        if not isinstance(value, bool):
            self.refuse(name, "true or false")
        return value

    def choice(self, name: str, among: Iterable[str]) -> str:
        """One of the texts `among`."""
        value = self._members[name]
        allowed = sorted(among)
        if not isinstance(value, str) or value not in allowed:
            self.refuse(name, " or ".join(allowed))
        return value

    def octets(self, name: str, size: int) -> bytes:
        """`size` bytes, written as lower-case hex."""
        return self._octets(name, self._members[name], size)

    def octet_list(self, name: str, size: int) -> tuple[bytes, ...]:
        """One or more different byte strings of `size` bytes."""
        return self._distinct(name, [self._octets(name, v, size) for v in self._list(name)])

    def text_list(self, name: str) -> tuple[str, ...]:
        """One or more different texts."""
        items = self._list(name)
        texts = [item for item in items if isinstance(item, str) and item]
        if len(texts) != len(items):
            self.refuse(name, "a list of texts")
        return self._distinct(name, texts)

    def object(self, name: str) -> JsonObject:
        """An object that is not empty, members unchecked."""
        value = self._members[name]
        if not isinstance(value, dict) or not value:
            self.refuse(name, "an object that is not empty")
        return value

    def endpoint_list(self, name: str) -> tuple[str, ...]:
        """One or more different `IPv4:PORT`."""
        endpoints = self.text_list(name)
        for endpoint in endpoints:
            host, _, port = endpoint.rpartition(":")
            if not _is_address(host) or not _is_port(port):
                self.refuse(name, "IPv4 addresses with ports")
        return endpoints

    def version(self, wanted: int) -> None:
        """DOC-004 unless the member `version` is `wanted`."""
        if self._members["version"] is True or self._members["version"] != wanted:
            self.refuse("version", str(wanted))

    def refuse(self, name: str, expected: str) -> NoReturn:
        """Raise DOC-004 for the member `name`."""
        _malformed(f"{self.where}.{name}", expected, self._members[name])

    def _list(self, name: str) -> list[Json]:
        value = self._members[name]
        if not isinstance(value, list) or not value:
            self.refuse(name, "a list that is not empty")
        return value

    def _octets(self, name: str, value: Json, size: int) -> bytes:
        if not isinstance(value, str) or len(value) != 2 * size:
            self.refuse(name, f"{size} bytes in hex")
        try:
            octets = bytes.fromhex(value)
        except ValueError:
            self.refuse(name, f"{size} bytes in hex")
        if octets.hex() != value:
            self.refuse(name, f"{size} bytes in lower-case hex")
        return octets

    def _distinct(self, name: str, items: list[_Item]) -> tuple[_Item, ...]:
        if len(set(items)) != len(items):
            self.refuse(name, "each entry once")
        return tuple(items)


def _is_address(text: str) -> bool:
    try:
        return str(IPv4Address(text)) == text
    except ValueError:
        return False


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and str(int(text)) == text and 0 < int(text) < 1 << 16


def _malformed(where: str, expected: str, value: Json) -> NoReturn:
    raise AttestationError.of(
        "DOC-004", claim=where, expected=expected, got=repr(value)[:80], source="document form"
    )
