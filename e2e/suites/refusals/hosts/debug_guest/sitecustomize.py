"""A host that launches every guest with the debug flag (AMD 56860, guest policy bit 19).

Python imports this module at its start when its folder is on PYTHONPATH.
"""

from functools import partial

from asterism.machine import hardware
from asterism.machine.processors.snp import SnpLaunch
from asterism.machine.processors.snp_report import GuestPolicy

vars(hardware)["SnpLaunch"] = partial(SnpLaunch, policy=GuestPolicy(debug=True))
