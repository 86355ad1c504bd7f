"""Takes secrets out of text. Pure.

Two ways, one after the other: values that are known to be secret, in every form in which they might
be written; and what looks like a secret: private keys, tokens, and whatever is assigned to a name
that means one.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping

SHORTEST = 8
"""Known values of fewer bytes are not looked for: they would be found everywhere."""
DEPTH = 2
"""How often base64 may be wrapped in base64; Kubernetes does it once."""

_KEY = rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"
_END = rb"-----END [A-Z ]*PRIVATE KEY-----"
_BODY = rb"(?:[A-Za-z0-9+/=\s]|\\+[rnt]|[A-Z][a-zA-Z-]+: [^\n\\]*)"
_PEM = re.compile(_KEY + rb".{0,20000}?" + _END, re.DOTALL)
_PEM_WITHOUT_END = re.compile(_KEY + _BODY + rb"*")
_PEM_WITHOUT_BEGINNING = re.compile(rb"\A(?:(?!" + _KEY + rb").){0,20000}?" + _END, re.DOTALL)
"""Only at the very beginning: a log is read from somewhere on."""
_PRIVATE = re.compile(rb"PRIVATE KEY-----")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")
_HEX = re.compile(rb"[0-9a-fA-F]{64,}")
# PKCS#8, SEC 1 and PKCS#1: a sequence whose version is followed by what only a private key has.
_DER = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01(?:\x00\x30|\x01\x04|\x00\x02[\x81\x82])", re.DOTALL
)
_BEARER = re.compile(rb"(?i)(\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}")
_JWT = re.compile(rb"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
_BOOTSTRAP = re.compile(rb"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
_ASSIGNED = re.compile(
    rb"""(?ix)
    ( (?: token | passw(?:or)?d | passphrase | secret | credentials?
                | (?:private|api|access|encryption|client)[_-]?key )
      (?: [_-]? (?: data | value | hex | base64 ) )?
      (?: \\* ["'] )? (?: \s*[:=]\s* | \s+(?=\\*["']) ) )
    (?: (?P<quote> \\* ["'] ) (?P<quoted> [^\n]*? ) (?<!\\) (?P=quote)
      | (?P<plain> [^\s"'\\,;&{}\[\]()]+ ) )
    """
)
_WORDS = (b"token", b"passw", b"passphrase", b"secret", b"credential", b"key")
"""One of them is in every match of `_ASSIGNED`."""
_MEANINGLESS = frozenset({b"", b"true", b"false", b"null", b"nil", b"none", b"<nil>", b"0"})


class Redactor:
    """Knows some secrets by value, and what secrets look like."""

    def __init__(self, known: Mapping[str, tuple[bytes, ...]] | None = None) -> None:
        labels = {
            form: label
            for label, values in (known or {}).items()
            for value in values
            if len(value) >= SHORTEST
            for form in forms(value)
        }
        # A longer form may hold a shorter one.
        self._known = sorted(labels.items(), key=lambda item: -len(item[0]))

    def redact(self, text: bytes) -> tuple[bytes, dict[str, int]]:
        """`text` without secrets, and how many of each kind were in it."""
        counts: Counter[str] = Counter()
        for form, label in self._known:
            if times := text.count(form):
                counts[label] += times
                text = text.replace(form, _mark(label))
        if _PRIVATE.search(text):
            for pattern in (_PEM_WITHOUT_BEGINNING, _PEM, _PEM_WITHOUT_END):
                text = pattern.sub(lambda _: _mark("private key", counts), text)
        text = _BASE64.sub(lambda m: _opened(m[0], _base64_contents(m[0]), counts), text)
        text = _HEX.sub(lambda m: _opened(m[0], _hex_contents(m[0]), counts), text)
        text = _JWT.sub(lambda _: _mark("token", counts), text)
        text = _BEARER.sub(lambda m: m[1] + _mark("token", counts), text)
        text = _BOOTSTRAP.sub(lambda _: _mark("token", counts), text)
        lines = (_without_assigned(line, counts) for line in text.split(b"\n"))
        return b"\n".join(lines), dict(counts)


def forms(value: bytes) -> Iterator[bytes]:
    """Every form in which `value` may stand in a text: itself, hexadecimal, base64."""
    yield value
    yield value.hex().encode()
    yield value.hex().upper().encode()
    for shift in range(3):  # where in a group of three bytes it may begin
        encoded = base64.b64encode(b"\0" * shift + value)
        spoilt = (0, 2, 3)[shift]  # characters that also depend on what precedes
        whole = encoded.rstrip(b"=")
        kept = whole[spoilt:] if (shift + len(value)) % 3 == 0 else whole[spoilt:-1]
        yield kept
        yield kept.replace(b"+", b"-").replace(b"/", b"_")


def _mark(label: str, counts: Counter[str] | None = None) -> bytes:
    if counts is not None:
        counts[label] += 1
    return f"[redacted: {label}]".encode()


def _opened(found: bytes, contents: list[bytes], counts: Counter[str]) -> bytes:
    """`found`, or its mark if one of the things it may encode holds a private key."""
    if any(_hides_key(content, DEPTH) for content in contents):
        return _mark("private key", counts)
    return found


def _hides_key(content: bytes, depth: int) -> bool:
    if _PRIVATE.search(content) or _DER.match(content):
        return True
    return depth > 0 and any(
        _hides_key(inner, depth - 1)
        for run in _BASE64.findall(content)
        for inner in _base64_contents(run)
    )


def _base64_contents(run: bytes) -> list[bytes]:
    """What a run of base64 may encode; where its groups begin is not known."""
    plain = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    starts = (plain[shift:] for shift in range(4))
    return [base64.b64decode(part[: len(part) // 4 * 4]) for part in starts]


def _hex_contents(run: bytes) -> list[bytes]:
    """What a run of hexadecimal may encode; it may begin with the second half of a byte."""
    starts = (run[shift:] for shift in range(2))
    return [bytes.fromhex(part[: len(part) // 2 * 2].decode()) for part in starts]


def _without_assigned(line: bytes, counts: Counter[str]) -> bytes:
    lower = line.lower()
    if not any(word in lower for word in _WORDS):  # most lines; the pattern is slow
        return line
    return _ASSIGNED.sub(lambda match: _assigned(match, counts), line)


def _assigned(match: re.Match[bytes], counts: Counter[str]) -> bytes:
    value = match["quoted"] if match["plain"] is None else match["plain"]
    if value.lower() in _MEANINGLESS or value.startswith(b"[redacted"):
        return match[0]
    quote = match["quote"] or b""
    return match[1] + quote + _mark("named secret", counts) + quote
