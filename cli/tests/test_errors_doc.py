"""Error IDs: documented, fresh, and each really raised somewhere."""

import re
from functools import cache
from pathlib import Path

import pytest

from asterism.cli import commands_doc, config_doc, errors_doc
from asterism.errors.catalogue import entries

CHECKOUT = Path(__file__).parents[2]
SOURCES = ("internal", "machine", "bootstrapper", "images", "cli")


def test_the_pages_are_fresh() -> None:
    """docs/errors is what the catalogue gives now."""
    folder = CHECKOUT / "docs" / "errors"
    found = {path.name: path.read_text() for path in folder.glob("*.md")}
    assert found == errors_doc.pages()


def test_the_reference_of_commands_is_fresh() -> None:
    """docs/cli.md is what the commands say now."""
    assert (CHECKOUT / "docs" / "cli.md").read_text() == commands_doc.text()


def test_the_reference_of_settings_is_fresh() -> None:
    """docs/config.md is what the settings' table says now."""
    assert (CHECKOUT / "docs" / "config.md").read_text() == config_doc.text()


@pytest.mark.parametrize("error_id", entries())
def test_every_id_is_raised_somewhere(error_id: str) -> None:
    """An ID that nothing raises would be a promise without code."""
    assert error_id in raised_ids()


@cache
def raised_ids() -> frozenset[str]:
    """Every quoted ID in source files outside the catalogue."""
    texts = [
        path.read_text()
        for part in SOURCES
        for path in (CHECKOUT / part / "src").rglob("*.py")
        if "catalogue" not in path.parts
    ]
    whole = "\n".join(texts)
    return frozenset(re.findall(r"""["\[]([A-Z]{3}-[0-9]{3})["\]]""", whole))
