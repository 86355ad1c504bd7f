"""Finds the twins: files that take exactly one defence away, so that its attack must succeed.

`e2e/twins/ID/twin.py` replaces something in this process (owner's side), `e2e/twins/ID/host/` holds
what processes of the host import (see `hostile`). Product code knows nothing of either.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

from asterism.e2e import sightings

FOLDER = Path(__file__).parents[3] / "twins"


def load(identity: str) -> ModuleType:
    """The module of the twin `identity`, e.g. A01."""
    path = FOLDER / identity / "twin.py"
    spec = importlib.util.spec_from_file_location(f"twin_{identity}", path)
    assert spec is not None, path
    assert spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sightings.twin(identity)
    return module


def host_code(identity: str) -> Path:
    """The folder with what processes of the host import in the twin `identity`."""
    sightings.twin(identity)
    return FOLDER / identity / "host"
