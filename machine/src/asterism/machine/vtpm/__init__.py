"""The virtual TPM of a machine: one swtpm process, manufactured and certified by our own code."""

from asterism.machine.vtpm.process import SwtpmProcess
from asterism.machine.vtpm.vtpm import Vtpm

__all__ = ["SwtpmProcess", "Vtpm"]
