"""The owner's own files: whose they are under sudo, where they lie, how they are written.

`$XDG_CONFIG_HOME/asterism/` (0700) holds `owner/` (the owner key), `anchors/` (trusted makers) and
`clusters/` (pins). All of it decides what is believed, so it never comes from the host's state.
"""

import fcntl
import os
import pwd
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asterism.cluster import interrupts
from asterism.keys.owner import FILE_NAME, OwnerKey

if TYPE_CHECKING:
    from asterism.kube.kubeconfig import KubeconfigFile


@dataclass(frozen=True, slots=True)
class Account:
    """Whose files they are."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class OwnerHome:
    """The account behind this process, root's own only if nobody used sudo."""

    account: Account
    home: Path
    config: Path
    state: Path
    kubeconfig_variable: str | None

    @classmethod
    def current(cls, environment: Mapping[str, str] | None = None) -> "OwnerHome":
        """From SUDO_UID (believed only if we are root), HOME, XDG_*_HOME and KUBECONFIG."""
        variables = os.environ if environment is None else environment
        account, home = _account(variables)
        config = _base(variables.get("XDG_CONFIG_HOME"), home / ".config")
        state = _base(variables.get("XDG_STATE_HOME"), home / ".local" / "state")
        return cls(
            account, home, config / "asterism", state / "asterism", variables.get("KUBECONFIG")
        )

    @property
    def owner_directory(self) -> Path:
        """Holds the owner key."""
        return self.config / "owner"

    @property
    def anchors_directory(self) -> Path:
        """Holds the trusted makers' root certificates."""
        return self.config / "anchors"

    @property
    def pins_directory(self) -> Path:
        """Holds one pin for each cluster."""
        return self.config / "clusters"

    @property
    def support_directory(self) -> Path:
        """Holds support bundles that nobody named a place for."""
        return self.state / "support"

    @property
    def has_owner_key(self) -> bool:
        """Whether the owner key was made."""
        return (self.owner_directory / FILE_NAME).exists()

    def owner_key(self) -> OwnerKey:
        """The owner key; UserError DOC-009 if none was made yet."""
        return OwnerKey.load(self.owner_directory)

    def owner_key_made(self) -> OwnerKey:
        """The owner key, made at first use, by one of several first commands at once."""
        self.make_directory(self.owner_directory)
        descriptor = os.open(self.owner_directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            return OwnerKey.load_or_create(self.owner_directory)
        finally:
            os.close(descriptor)

    def kubeconfigs(self, explicit: Path | None = None) -> list[Path]:
        """The files that make up the owner's kubeconfig."""
        from asterism.kube.kubeconfig import search_path

        return search_path(self.home, self.kubeconfig_variable, explicit)

    def kubeconfig(self, explicit: Path | None = None) -> "KubeconfigFile":
        """The file that new entries go to."""
        from asterism.kube.kubeconfig import merge_target

        return self.kubeconfig_at(merge_target(self.kubeconfigs(explicit)))

    def kubeconfig_at(self, path: Path) -> "KubeconfigFile":
        """One kubeconfig; if it is made anew, it is the account's."""
        from asterism.kube.kubeconfig import KubeconfigFile, Owner

        return KubeconfigFile(path, Owner(self.account.uid, self.account.gid))

    def make_directory(self, path: Path) -> None:
        """Make `path` and what is missing above it, 0700, the account's."""
        missing = [p for p in (path, *path.parents) if not p.exists()]
        for directory in reversed(missing):
            directory.mkdir(mode=0o700, exist_ok=True)  # another command may make it just now
            self.give(directory)

    def write(self, path: Path, data: bytes) -> None:
        """Write a file of the account (0600), whole or not at all."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with interrupts.deferred():
            self.make_directory(path.parent)
            try:
                self._fill(fresh, data)
                fresh.replace(path)
            except OSError:  # a full disk
                fresh.unlink(missing_ok=True)
                raise

    def _fill(self, path: Path, data: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        self.give(path)

    def give(self, path: Path) -> None:
        """Make `path`, which we made, the account's."""
        if os.geteuid() == 0:
            os.chown(path, self.account.uid, self.account.gid)


def _base(chosen: str | None, default: Path) -> Path:
    """As the XDG specification has it: relative paths do not count."""
    return Path(chosen) if chosen and Path(chosen).is_absolute() else default


def _account(variables: Mapping[str, str]) -> tuple[Account, Path]:
    caller = variables.get("SUDO_UID", "")
    if os.geteuid() == 0 and caller.isdecimal() and caller != "0":
        with suppress(KeyError):  # an account that this computer does not know has no home here
            entry = pwd.getpwuid(int(caller))
            return Account(entry.pw_uid, entry.pw_gid), Path(entry.pw_dir)
    home = variables.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
    return Account(os.geteuid(), os.getegid()), Path(home)
