"""A read-only loop device that goes by itself when its last user does (loop(4), LOOP_CONFIGURE)."""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EBUSY
from pathlib import Path

LOOP_CONFIGURE = 0x4C0A
LOOP_CTL_GET_FREE = 0x4C82
LO_FLAGS_READ_ONLY = 1
LO_FLAGS_AUTOCLEAR = 4
CONTROL = Path("/dev/loop-control")

# struct loop_config, <linux/loop.h>: fd, block_size, struct loop_info64, reserved[8];
# of loop_info64 only lo_flags at byte 52 is set.
CONFIG_SIZE = 4 + 4 + 232 + 64
FLAGS_AT = 4 + 4 + 52


@contextmanager
def attached(descriptor: int) -> Iterator[str]:
    """The path of a loop device over the open file `descriptor`, for the length of the body.

    A mount made in the body keeps the device. Raises OSError as the kernel reports it.
    """
    opened, device = _attach(descriptor)
    try:
        yield device
    finally:
        os.close(opened)


def _attach(descriptor: int) -> tuple[int, str]:
    config = bytearray(CONFIG_SIZE)
    struct.pack_into("<II", config, 0, descriptor, 0)
    struct.pack_into("<I", config, FLAGS_AT, LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR)
    while True:
        device = _free_device()
        opened = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.ioctl(opened, LOOP_CONFIGURE, bytes(config))
        except OSError as exc:
            os.close(opened)
            if exc.errno != EBUSY:  # busy: another process was quicker to take this device
                raise
        else:
            return opened, device


def _free_device() -> str:
    control = os.open(CONTROL, os.O_RDWR | os.O_CLOEXEC)
    try:
        return f"/dev/loop{fcntl.ioctl(control, LOOP_CTL_GET_FREE)}"
    finally:
        os.close(control)
