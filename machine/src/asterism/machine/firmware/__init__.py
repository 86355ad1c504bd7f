"""The emulated firmware: measures what it starts, into the vTPM and into the launch digest.

It plays OVMF, systemd-stub and systemd's boot phases in one. It reads the files through descriptors
that the caller keeps, so that what is measured is what is then mounted. The image's kernel is
measured but not run; whoever reports on such a machine has to say so.
"""

from asterism.machine.firmware.measured_boot import BootRecord, boot
from asterism.machine.image_files import BootFiles

__all__ = ["BootFiles", "BootRecord", "boot"]
