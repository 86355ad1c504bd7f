"""Lines of text, YAML above all: lines moved, doubled, indented, and tokens that mean something."""

from collections.abc import Sequence
from random import Random

TOKENS = (
    b"&a ", b"*a", b"<<: *a", b"- ", b": ", b"? ", b"!!int ", b"!!float ", b"!!timestamp ",
    b"!!binary ", b"!!set ", b"!!omap ", b"!!pairs ", b"!!python/object:x ", b"!x ", b"|\n", b">\n",
    b"{", b"}", b"[", b"]", b"'", b'"', b"\\x", b"\xff", b"\xed\xa0\x80", b"\0", b"\t", b"#",
    b"---\n", b"...\n", b"%YAML 1.1\n", b"%TAG ! x\n", b"0b_", b"0x_", b"0o9", b"1:60:60", b"._",
    b"2001-99-99", b"2001-01-01 99:00:00", b".nan", b"-.inf", b"~", b"yes", b"=", b"9" * 5000,
    b"[" * 2000, b"{a: " * 500, b"- " * 500,
)  # fmt: skip


def mutate(data: bytes, rng: Random, words: Sequence[bytes]) -> bytes:
    """One to three changes of whole lines or of places inside them."""
    lines = data.split(b"\n")
    for _ in range(1 + rng.randrange(3)):
        _change(lines, rng, words)
    return b"\n".join(lines)


def _change(lines: list[bytes], rng: Random, words: Sequence[bytes]) -> None:
    at, kind = rng.randrange(len(lines)), rng.randrange(7)
    line = lines[at]
    if kind == 0 and len(lines) > 1:
        del lines[at]
    elif kind == 1:
        lines.insert(rng.randrange(len(lines) + 1), line)
    elif kind == 2:
        lines[at] = b"  " * rng.randrange(4) + line.lstrip()
    elif kind == 3:
        key, _, _ = line.partition(b":")
        lines[at] = key + b": " + rng.choice((*TOKENS, *words))
    else:
        place = rng.randrange(len(line) + 1)
        end = place if kind < 6 else min(len(line), place + rng.randrange(8))
        lines[at] = line[:place] + rng.choice((*TOKENS, *words)) + line[end:]
