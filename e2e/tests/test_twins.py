"""Every attack has its twin, and every twin its attack."""

import re
from pathlib import Path

from asterism.e2e import twins

SUITES = Path(__file__).parents[1] / "suites"
TESTS = "\n".join(path.read_text() for path in SUITES.rglob("test_*.py"))


def test_every_twin_is_used_and_every_used_twin_is_there() -> None:
    """Folders of `e2e/twins` are exactly those that the suites name."""
    there = {path.name for path in twins.FOLDER.iterdir() if path.is_dir()}
    loaded = set(re.findall(r'twins\.load\("(\w+)"\)', TESTS))
    replaced = set(re.findall(r'twins\.host_code\("(\w+)"\)', TESTS))
    assert there == loaded | replaced


def test_every_twin_says_which_defence_it_takes_away() -> None:
    """The first paragraph names the attack and what is taken away."""
    for path in twins.FOLDER.glob("*/**/*.py"):
        begin = path.read_text().split("\n\n")[0]
        assert path.relative_to(twins.FOLDER).parts[0] in begin
        assert "Taken away:" in begin
