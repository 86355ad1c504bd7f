"""A copy of the tree, so that nobody's editing disturbs a run and no run disturbs the checkout."""

import shutil
import sys
from pathlib import Path

_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


def copy_tree(checkout: Path, target: Path) -> None:
    """Everything that unit tests of `internal` need: all sources, their tests, the settings."""
    for source in _sources(checkout):
        shutil.copytree(source, target / source.relative_to(checkout), ignore=_IGNORED)
    tests = Path("internal/tests")
    shutil.copytree(checkout / tests, target / tests, ignore=_IGNORED)
    shutil.copy(checkout / "pyproject.toml", target)


def import_from(tree: Path, checkout: Path) -> None:
    """Let `import asterism...` find the copy and never the checkout."""
    foreign = {str(source) for source in _sources(checkout)}
    sys.path[:] = [str(source) for source in _sources(tree)] + [
        path for path in sys.path if path not in foreign
    ]


def _sources(tree: Path) -> list[Path]:
    return sorted(tree.glob("*/src"))
