"""Brings the control plane of this node up: the first time, and after each restart alike.

Only authorities, etcd's data and the ledger survive a restart. Everything under /etc/kubernetes is
memory and made again: leaf certificates, kubeconfigs, static pods.
"""

import threading
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

IN_FILES = ("certs", "kubeconfig", "etcd", "control-plane")
"""Phases whose results are files under /etc/kubernetes."""
IN_ETCD = ("wait-control-plane", "upload-config", "addon")
"""Phases whose results are in etcd, where they survive."""


class KubeadmRun:
    """kubeadm at work in a thread of its own."""

    def __init__(self, plane: ControlPlane, skipped: tuple[str, ...]) -> None:
        self._plane = plane
        self._skipped = skipped
        self._error: ProvisionError | None = None
        self._thread = threading.Thread(target=self._run, name="kubeadm", daemon=True)
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
            run_kubeadm(self._plane, self._skipped)
        except ProvisionError as exc:
            self._error = exc
        finally:
            remove_admin_files()  # a run that failed makes them anew when it is repeated


def bring_up(
    own: Assignment, authorities: Authorities, plane: ControlPlane, *, again: bool
) -> KubeadmRun:
    """Files, kubelet and kubeadm; returns while kubeadm works.

    `again`: what kubeadm puts into etcd is there already. On an empty /etc/kubernetes the kubelet
    starts while kubeadm still makes certificates. Static pods of an interrupted run may not be
    written anew under a running kubelet: it takes a half-written file for a deleted pod.
    """
    _write_files(own, authorities, plane)
    interrupted = any(kubelet.MANIFESTS.glob("*.yaml"))
    if interrupted:
        systemd.stop(kubelet.UNIT)
        run_kubeadm(plane, IN_ETCD)
    systemd.restart(kubelet.UNIT)
    return KubeadmRun(plane, (IN_FILES if interrupted else ()) + (IN_ETCD if again else ()))


def run_kubeadm(plane: ControlPlane, skipped: tuple[str, ...]) -> None:
    """One run without the phases `skipped`; ProvisionError JOI-205 with its last lines."""
    driver = kubelet.cgroup_driver()
    durable.write(CONFIG, kubeadm_config.documents(plane, driver, skipped).encode())
    try:
        proc.run(kubeadm_config.command(CONFIG), timeout=TIMEOUT)
    except ProvisionError as exc:
        raise ProvisionError("JOI-205", f"kubeadm: {exc.detail}", **exc.facts) from exc


def remove_admin_files(directory: Path = kubelet.KUBERNETES) -> None:
    """Take kubeadm's administrators away."""
    for name in ADMIN_FILES:
        (directory / name).unlink(missing_ok=True)


def _write_files(own: Assignment, authorities: Authorities, plane: ControlPlane) -> None:
    """What kubeadm and the kubelet find ready."""
    cni.write(own.pod_range)
    authorities.write_for_kubeadm()
    durable.write(kubeadm_config.AUTHENTICATION, kubeadm_config.authentication().encode())
    credentials = _kubelet_credentials(own, authorities)
    kubelet.write_files(own, credentials, api_server=plane.url, cluster=plane.cluster)


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
