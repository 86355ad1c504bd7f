"""Secrets that outlive the agent."""

import os
import socket
from pathlib import Path

import pytest

from asterism.bootstrapper import systemd as notifying
from asterism.bootstrapper.keymemory import KeyMemory
from asterism.keys.secret import Secret


def test_what_is_kept_reaches_systemd_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The descriptor that systemd gets holds the secret, and a new agent reads it from there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        KeyMemory().keep("node-key", Secret(b"secret"))
        message, descriptors, _, _ = socket.recv_fds(systemd, 1024, 1)
    assert message.decode().splitlines() == ["FDSTORE=1", "FDNAME=node-key", "FDPOLL=0"]
    monkeypatch.setattr(notifying, "LISTEN_FDS_START", descriptors[0])
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_FDNAMES", "node-key")
    assert KeyMemory().get("node-key") == Secret(b"secret")


def test_descriptors_of_another_process_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that inherits the environment does not believe it."""
    monkeypatch.setenv("LISTEN_PID", "1")
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert KeyMemory().get("node-key") is None


def test_a_new_secret_takes_the_place_of_the_old() -> None:
    """A join that is repeated brings a new key."""
    memory = KeyMemory()
    memory.keep("node-key", Secret(b"one"))
    memory.keep("node-key", Secret(b"two"))
    assert memory.get("node-key") == Secret(b"two")
