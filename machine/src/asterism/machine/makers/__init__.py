"""The emulated makers of chips and TPMs: their keys, and what they certify. Not for a real cluster.

Every root and every intermediate carries EMULATED in its name. The store is assumed not to be read
by the host that the machines run on; in emulation it lies on the same computer.
"""

from asterism.machine.makers.anchors import export_anchors
from asterism.machine.makers.store import MakerStore

__all__ = ["MakerStore", "export_anchors"]
