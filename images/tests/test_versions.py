"""Names and versions that several files must agree on."""

import re

from asterism.config import versions
from asterism.images import source


def _required(module: str, path: str) -> str:
    text = (source.GO / module / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require )?{re.escape(path)} (\S+)", text, re.MULTILINE)
    assert found, path
    return found.group(1)


def test_kubernetes_is_what_go_mod_requires() -> None:
    """kubeadm takes image tags from its own version."""
    assert _required("kube", "k8s.io/kubernetes") == versions.KUBERNETES


def test_coredns_and_etcd_are_what_go_mod_requires() -> None:
    """Tags may carry a suffix of the image's revision."""
    assert _required("runtime", "github.com/coredns/coredns") == versions.COREDNS_TAG
    etcd = _required("runtime", "go.etcd.io/etcd/server/v3").removeprefix("v")
    assert versions.ETCD_TAG.startswith(f"{etcd}-")


def test_containerd_pins_the_pause_image_of_the_seed() -> None:
    """Another name would be looked for in a registry."""
    config = (source.OVERLAY / "usr/lib/asterism/containerd.toml.in").read_text()
    assert f"sandbox = '{versions.PAUSE_IMAGE}'" in config


def test_containerd_is_durable() -> None:
    """The probes' `no_sync` loses state at a crash of the host."""
    assert "no_sync" not in (source.OVERLAY / "usr/lib/asterism/containerd.toml.in").read_text()
