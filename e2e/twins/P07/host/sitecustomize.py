"""P07, a changed root file. Taken away: firmware compares it with the measured command line.

Python imports this module at its start when its folder is on PYTHONPATH.
"""

from asterism.machine.firmware import measured_boot

vars(measured_boot)["check_root"] = lambda _descriptor, _command_line: None
