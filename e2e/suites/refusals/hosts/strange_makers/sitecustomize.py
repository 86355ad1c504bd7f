"""A host whose machines come from makers of its own; $STRANGE_MAKERS is where their keys are.

Python imports this module at its start when its folder is on PYTHONPATH.
"""

import os
from pathlib import Path

from asterism.machine.makers.store import MakerStore

MakerStore.__init__.__defaults__ = (Path(os.environ["STRANGE_MAKERS"]),)
