"""The lock of Debian packages: its text, its pins, and what differs from it."""

import pytest

from asterism.errors import ProvisionError, UserError
from asterism.images import debian, locks
from asterism.images.locks import Package

BASH = Package("bash", "5.2-1", "amd64", "aa")
TAR = Package("tar", "1:1.35", "amd64", "bb")


def test_a_lock_survives_its_text() -> None:
    """What was written is what is read, root by root."""
    lock = {"root": (BASH, TAR), "tools": (TAR,)}
    assert locks.parse(locks.encode(lock)) == lock


@pytest.mark.parametrize("text", ["bash 1 amd64 sha256:aa\n", "[root]\nbash 1 amd64\n"])
def test_a_damaged_lock_is_refused(text: str) -> None:
    """A line outside a section, or without a hash, is never passed over."""
    with pytest.raises(UserError) as refused:
        locks.parse(text)
    assert refused.value.error_id == "IMG-004"


def test_packages_are_read_from_the_names_of_archive_files() -> None:
    """Epochs are escaped in apt's file names."""
    line = f"{'c' * 64}  /x/var/cache/apt/archives/tar_1%3a1.35_amd64.deb\n"
    assert locks.from_checksums(line) == (Package("tar", "1:1.35", "amd64", "c" * 64),)


def test_an_equal_set_has_no_difference() -> None:
    """Order does not count."""
    assert locks.difference([BASH, TAR], [TAR, BASH]) == []


def test_other_new_and_lost_packages_are_named() -> None:
    """One line each, sorted by name."""
    newer = Package("bash", "5.2-2", "amd64", "cc")
    sed = Package("sed", "4.9", "amd64", "dd")
    assert locks.difference([BASH, TAR], [newer, sed]) == [
        "bash: 5.2-1 -> 5.2-2",
        "sed: none -> 4.9",
        "tar: 1:1.35 -> none",
    ]


def test_a_locked_version_with_other_content_is_refused() -> None:
    """The same version with another hash is no update, it is a changed file."""
    changed = Package("bash", "5.2-1", "amd64", "ff")
    with pytest.raises(ProvisionError) as refused:
        locks.difference([BASH], [changed])
    assert refused.value.error_id == "IMG-005"
    assert refused.value.facts == {"expected": "aa", "got": "ff"}


def test_preferences_pin_each_version_above_newer_ones() -> None:
    """apt_preferences(5): from 1000 on a version is chosen even if it is older."""
    text = locks.preferences([TAR])
    assert text == "Package: tar\nPin: version 1:1.35\nPin-Priority: 1001\n"


def test_the_committed_lock_covers_every_root() -> None:
    """Each root has a section, and what was asked for is in it, with a whole hash."""
    lock = debian.committed_lock()
    for root in debian.ROOTS:
        names = {package.name for package in lock[root.name]}
        assert set(root.packages) <= names
        assert all(len(package.sha256) == 64 for package in lock[root.name])
