"""Brings the control plane of this node up: the first time, and after each restart alike.

Only authorities, etcd's data and the ledger survive a restart. Everything under /etc/kubernetes is
memory and made again: leaf certificates, kubeconfigs, static pods.
"""

import threading
from collections.abc import Iterable
from pathlib import Path

from asterism import clock, proc
from asterism.bootstrapper import certificates, cni, durable, kubelet, systemd
from asterism.bootstrapper.assignment import Assignment
from asterism.bootstrapper.authorities import Authorities
from asterism.bootstrapper.init import kubeadm_config
from asterism.bootstrapper.init.kubeadm_config import ControlPlane
from asterism.errors import ProvisionError

CONFIG = Path("/run/asterism/kubeadm.yaml")
TIMEOUT = 600.0
ADMIN_FILES = ("admin.conf", "super-admin.conf")
"""kubeadm's own way in; nobody needs it once the owners' group has its rights."""

ONLY_ONCE = ("wait-control-plane", "upload-config", "addon")
"""Phases that leave their results in etcd."""


def prepare(own: Assignment, authorities: Authorities, plane: ControlPlane) -> None:
    """Files and kubelet; the kubelet starts while kubeadm still makes certificates."""
    cni.write(own.pod_range)
    authorities.write_for_kubeadm()
    durable.write(kubeadm_config.AUTHENTICATION, kubeadm_config.authentication().encode())
    credentials = _kubelet_credentials(own, authorities)
    kubelet.write_files(own, credentials, api_server=plane.url, cluster=plane.cluster)
    systemd.restart("kubelet.service")


class KubeadmRun:
    """kubeadm at work in a thread of its own."""

    def __init__(self, plane: ControlPlane, *, again: bool) -> None:
        self._plane = plane
        self._skipped = ONLY_ONCE if again else ()
        self._error: ProvisionError | None = None
        self._thread = threading.Thread(target=self._run, name="kubeadm", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self) -> None:
        """Until kubeadm has ended; ProvisionError JOI-205 with its last lines if it failed."""
        self._thread.join()
        if self._error is not None:
            raise self._error

    @property
    def failed(self) -> bool:
        """Whether kubeadm has ended with an error already."""
        return self._error is not None

    def _run(self) -> None:
        try:
            driver = kubelet.cgroup_driver()
            documents = kubeadm_config.documents(self._plane, driver, self._skipped)
            durable.write(CONFIG, documents.encode())
            proc.run(kubeadm_config.command(CONFIG), timeout=TIMEOUT)
            remove_admin_files()
        except ProvisionError as exc:
            self._error = ProvisionError("JOI-205", f"kubeadm: {exc.detail}", **exc.facts)


def remove_admin_files(names: Iterable[str] = ADMIN_FILES) -> None:
    """Take kubeadm's administrators away."""
    for name in names:
        (kubelet.KUBERNETES / name).unlink(missing_ok=True)


def _kubelet_credentials(own: Assignment, authorities: Authorities) -> kubelet.Credentials:
    client, serving = certificates.KeyPair.generate(), certificates.KeyPair.generate()
    at, cluster = clock.now(), authorities.cluster
    return kubelet.Credentials(
        cluster_ca=cluster.certificate_pem,
        client_certificate=certificates.kubelet_client(cluster, client.request, own, at),
        client_key=client.key,
        serving_certificate=certificates.kubelet_serving(cluster, serving.request, own, at),
        serving_key=serving.key,
    )
