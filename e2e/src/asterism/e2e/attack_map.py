"""The map of attacks to tests, collected from the suites: `python -m asterism.e2e.attack_map FILE`.

Without FILE it prints what it collected as JSON.
"""

import contextlib
import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from asterism.e2e import attack_hooks
from asterism.e2e.attacks import POWERS, ROWS, SECTIONS, Row

CHECKOUT = Path(__file__).parents[4]
SUITES = "e2e/suites"
DISABLING = ("skip", "skipif", "xfail")
"""A test with one of these markers may pass without having tried anything."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One test of one row. `refused` is empty for a twin."""

    row: str
    path: str
    name: str
    says: str
    refused: tuple[str, ...] = ()


@dataclass
class Collector:
    """A pytest plugin that keeps what the markers of the collected tests say."""

    attacks: list[Tried] = field(default_factory=list)
    twins: list[Tried] = field(default_factory=list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take every test that can neither be skipped nor be expected to fail, once a function."""
        for item in session.items:
            if not any(item.get_closest_marker(name) for name in DISABLING):
                self._take(item)

    def rows(self) -> frozenset[str]:
        """IDs of the rows that any test tries."""
        return frozenset(tried.row for tried in (*self.attacks, *self.twins))

    def _take(self, item: pytest.Item) -> None:
        for row, refused in attack_hooks.attacks_of(item):
            _add(self.attacks, _tried(item, row, refused))
        for row in attack_hooks.twins_of(item):
            _add(self.twins, _tried(item, row))


def collect() -> Collector:
    """What the suites try, in the order of files and tests."""
    collector, shown = Collector(), io.StringIO()
    arguments = ["--collect-only", "-q", "--assert=plain", "-p", "no:cacheprovider"]
    with contextlib.redirect_stdout(shown):
        code = pytest.main(
            [*arguments, f"--rootdir={CHECKOUT}", str(CHECKOUT / SUITES)], plugins=[collector]
        )
    assert code == pytest.ExitCode.OK, shown.getvalue()
    return collector


def page(collected: Collector) -> str:
    """The page: every row with what refuses it and who tries it."""
    tested = collected.rows()
    powers = "\n".join(f"- {letter}, {words}" for letter, words in POWERS.items())
    sections = "\n".join(
        "\n".join([f"## {title}", "", *_section(rows, collected)])
        for title, rows in SECTIONS.items()
    )
    return (
        "# Attacks\n\n"
        "What an attacker may try, and the tests that try it. Generated from the markers of the "
        "tests by `python -m asterism.e2e.attack_map docs/attacks.md`.\n\n"
        "An attack test passes only if it has seen a refusal with each of its IDs. Its twin is the "
        "same attack with exactly one defence taken away (`e2e/twins`), and passes only if the "
        f"attack succeeds. {len(tested)} of {len(ROWS)} rows are tested; the rest is planned.\n\n"
        f"What attackers have:\n\n{powers}\n\n{sections}"
    )


def _section(rows: Iterable[Row], collected: Collector) -> Iterator[str]:
    tested = collected.rows()
    planned = [row for row in rows if row.identity not in tested]
    for row in rows:
        if row.identity in tested:
            yield from _tested(row, collected)
    if planned:
        yield from ("### Planned", "", "| row | attacker | attack |", "|---|---|---|")
        yield from (f"| {row.identity} | {row.powers} | {row.title} |" for row in planned)
        yield ""


def _tested(row: Row, collected: Collector) -> Iterator[str]:
    attacks = [tried for tried in collected.attacks if tried.row == row.identity]
    twins = [tried for tried in collected.twins if tried.row == row.identity]
    refused = sorted({error_id for tried in attacks for error_id in tried.refused})
    yield f"### {row.identity}: {row.title}"
    yield ""
    yield f"Attacker: {row.powers}. Refused with {', '.join(map(_link, refused))}."
    yield ""
    lines = [*(_line("attack", tried) for tried in attacks), *(_line("twin", t) for t in twins)]
    yield from dict.fromkeys(lines)  # parameters of one test may differ in what refuses them
    yield ""


def _line(kind: str, tried: Tried) -> str:
    name = f"{Path(tried.path).stem}::{tried.name}"
    return f"- {kind} [`{name}`](../{tried.path}): {tried.says}"


def _link(error_id: str) -> str:
    return f"[{error_id}](errors/{error_id[:3]}.md#{error_id.lower()})"


def _tried(item: pytest.Item, row: str, refused: tuple[str, ...] = ()) -> Tried:
    assert isinstance(item, pytest.Function), item
    first_line = (item.function.__doc__ or "").strip().partition("\n")[0]
    return Tried(
        row=row,
        path=item.path.relative_to(CHECKOUT).as_posix(),
        name=item.originalname,
        says=first_line.removeprefix(f"{row}: "),
        refused=refused,
    )


def _add(found: list[Tried], tried: Tried) -> None:
    """Parameters of one function are one test of the map."""
    if tried not in found:
        found.append(tried)


def main() -> None:
    """Write the page, or print the map."""
    collected = collect()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page(collected))
    else:
        json.dump(
            {kind: list(map(asdict, getattr(collected, kind))) for kind in ("attacks", "twins")},
            sys.stdout,
        )


if __name__ == "__main__":
    main()
