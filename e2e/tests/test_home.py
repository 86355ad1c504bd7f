"""The test's own home."""

from pathlib import Path

import pytest

from asterism.e2e.home import Home


def test_nothing_of_the_real_user_is_left_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither sudo's variables nor the user's own kubeconfig and configuration get through."""
    monkeypatch.setenv("SUDO_USER", "somebody")
    monkeypatch.setenv("KUBECONFIG", "/home/somebody/.kube/config")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/somebody/.config")
    environment = Home.make(tmp_path).environment()
    assert "SUDO_USER" not in environment
    assert not any("somebody" in value for value in environment.values())
