"""Small pieces of text: durations, marks, colours, columns."""

import sys
from collections.abc import Sequence
from typing import Literal

import click

Mark = Literal["done", "failed", "skipped", "note"]

_MARKS: dict[Mark, tuple[str, str, str]] = {
    "done": ("✓", "ok", "green"),
    "failed": ("✗", "failed:", "red"),
    "skipped": ("-", "-", "bright_black"),
    "note": ("·", "..", "bright_black"),
}


def mark(kind: Mark) -> str:
    """The coloured sign before a line; words where the terminal cannot show the sign."""
    sign, word, color = _MARKS[kind]
    encoding = (sys.stderr.encoding or "ascii").lower()
    return click.style(sign if encoding.startswith("utf") else word, fg=color)


def seconds(milliseconds: int) -> str:
    """`0.8 s`."""
    return f"{milliseconds / 1000:.1f} s"


def columns(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str:
    """Left-aligned columns, three spaces apart, as kubectl prints them."""
    lines = [list(header), *map(list, rows)] if header else [list(row) for row in rows]
    if not lines:
        return ""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    padded = ("   ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "\n".join(padded)


def indent(text: str, by: int = 2) -> str:
    """Each line of `text` moved to the right."""
    return "\n".join(" " * by + line for line in text.splitlines())


def shortened(value: str, width: int = 16) -> str:
    """Long hexadecimal values cut to `width`; `-o json` has them whole."""
    return value if len(value) <= width else f"{value[: width - 1]}…"
