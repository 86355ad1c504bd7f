"""The pages that are made from tables are what the tables give now."""

from pathlib import Path

from asterism.cli import commands_doc, config_doc, errors_doc

CHECKOUT = Path(__file__).parents[2]


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
