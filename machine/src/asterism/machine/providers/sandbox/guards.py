"""What a running node rests on and must not outlive: its TPM and the file that is its root.

Both are the host's to break. A node whose registers or program text are gone cannot prove what it
is any more, so its power is cut, with a clear word, before anybody relies on it.
"""

import os
import select
from typing import Protocol

from asterism.errors import ProvisionError
from asterism.machine.firmware.files import check_root
from asterism.machine.image_files import FileVersion


class Guard(Protocol):
    """One such thing."""

    descriptor: int | None
    """Becomes readable when it breaks; None if one has to look."""

    def require(self) -> None:
        """Raise ProvisionError when it is broken."""


class TpmGuard:
    """The TPM's process, a child that nobody else reaps. Registers end with it (attack T01)."""

    def __init__(self, pid: int) -> None:
        self.descriptor: int | None = os.pidfd_open(pid)

    def require(self) -> None:
        """Raise ProvisionError MCH-132 once it has ended."""
        if self.descriptor is not None and select.select([self.descriptor], [], [], 0)[0]:
            raise ProvisionError("MCH-132", "the virtual TPM ended, so the node's power was cut")

    def close(self) -> None:
        """Stop watching."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


class RootGuard:
    """The root file behind an open descriptor, as it was when it was measured.

    Any write is noticed; if the content is still the measured one, as after a new link to the file,
    the node goes on.
    """

    descriptor: int | None = None

    def __init__(self, root: int, measured: FileVersion, cmdline: str) -> None:
        """`cmdline` is the measured command line, which names the content."""
        self._root = root
        self._known = measured
        self._cmdline = cmdline

    def require(self) -> None:
        """Raise ProvisionError MCH-133 when the content is another."""
        version = FileVersion.of(self._root)
        if version == self._known:
            return
        try:
            check_root(self._root, self._cmdline)
        except ProvisionError as exc:
            detail = "the root file was changed under the node, so its power was cut"
            raise ProvisionError("MCH-133", detail, **exc.facts) from exc
        self._known = version
