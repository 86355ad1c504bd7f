"""The folder layout that lets eight source trees form one namespace package."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="not in a source checkout")
def test_no_component_claims_the_namespace_for_itself() -> None:
    """An `__init__.py` in */src/asterism/ would hide all other components."""
    strays = [str(path) for path in ROOT.glob("*/src/asterism/__init__.py")]
    assert strays == []


@pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="not in a source checkout")
def test_every_component_is_marked_as_typed() -> None:
    """Type checkers ignore a portion without py.typed."""
    portions = {path.parent for path in ROOT.glob("*/src/asterism/*/__init__.py")}
    untyped = [str(portion) for portion in portions if not (portion / "py.typed").exists()]
    assert untyped == []
