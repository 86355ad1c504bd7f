"""Init as a task: started by the owner's call, goes on without him, and can be called again.

Every step is idempotent; what must not happen twice (founding, PCR 15, the first admission) finds
its own result of an earlier run.
"""

import logging
import threading

from asterism.bootstrapper import control_plane, durable, kubelet
from asterism.bootstrapper.init import bring_up, cluster_objects, founding
from asterism.bootstrapper.init.founding import Founding
from asterism.bootstrapper.node import Node
from asterism.bootstrapper.progress import ProgressLog
from asterism.bootstrapper.trust.keeper import NodeKeeper
from asterism.errors import Error, ProvisionError
from asterism.keys.documents import SignedDocument
from asterism.kube.rest import ApiClient, wait_for

_log = logging.getLogger(__name__)

DONE = "initialised.json"
API_TIMEOUT = 300.0
NODE_TIMEOUT = 60.0


class InitTask:
    """The one init of this machine. Thread-safe."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._log: ProgressLog | None = None

    def found(self, api_names: tuple[str, ...]) -> Founding:
        """The founding, begun now or earlier; UserError JOI-201 on a machine that may not."""
        with self._lock:
            return founding.found(self._node.machine, self._node.directory, api_names)

    def go_on(self, begun: Founding, document: SignedDocument) -> ProgressLog:
        """The running task, or a new one that goes on where an earlier run stopped."""
        with self._lock:
            if self._log is None and is_done(self._node):
                self._log = ProgressLog()
                self._log.end()
            elif self._log is None or self._log.failed:
                self._log = ProgressLog()
                run = threading.Thread(
                    target=self._run, args=(begun, document, self._log), name="init", daemon=True
                )
                run.start()
            return self._log

    def _run(self, begun: Founding, document: SignedDocument, log: ProgressLog) -> None:
        try:
            self._steps(begun, document, log)
            log.end()
        except Error as exc:
            _log.exception("init stopped")
            log.end(exc)
        except Exception as exc:  # noqa: BLE001 - the owner must hear of bugs, too
            _log.exception("init failed")
            log.end(ProvisionError("JOI-205", f"{type(exc).__name__}: {exc}"))

    def _steps(self, begun: Founding, document: SignedDocument, log: ProgressLog) -> None:
        node = self._node
        with log.step("genesis", "cluster bound to this machine"):
            own = control_plane.join_cluster(node, begun, document)
            keeper = node.keeper or control_plane.serve(node, begun)
            node.keeper = keeper
        plane = control_plane.plane_of(node, begun, own)
        with log.step("kubelet", "certificates and kubelet"):
            kubeadm = bring_up.bring_up(own, begun.authorities, plane, again=False)
        with log.step("control-plane", "API server ready"):
            api = _require_api(node)
            wait_for(lambda: _ready(api, kubeadm), what="API server ready", timeout=API_TIMEOUT)
        with log.step("nodes", "rights, limits and node objects"):
            _ensure_objects(api)
            _settle(keeper)
        with log.step("addons", "DNS and service proxy deployed"):
            kubeadm.wait()
            cluster_objects.remove_administrators(api)
        kubelet.remember_start()
        durable.write_json(node.directory / DONE, {"cluster_id": begun.genesis.cluster_id.hex()})


def is_done(node: Node) -> bool:
    """Whether init has ended well once."""
    return (node.directory / DONE).exists()


def _ready(api: ApiClient, kubeadm: bring_up.KubeadmRun) -> bool:
    if kubeadm.failed:
        kubeadm.wait()
    return api.is_ready()


def _ensure_objects(api: ApiClient) -> None:
    """The API takes writes a moment after it calls itself ready."""

    def written() -> bool:
        cluster_objects.ensure_cluster_objects(api)
        return True

    wait_for(written, what="first objects in the API", timeout=NODE_TIMEOUT)


def _settle(keeper: NodeKeeper) -> None:
    keeper.wake()
    if not keeper.wait_settled(NODE_TIMEOUT):
        raise ProvisionError("JOI-205", f"Node objects not written within {NODE_TIMEOUT:g} s")


def _require_api(node: Node) -> ApiClient:
    if node.api is None:
        raise ProvisionError("JOI-205", "no access to the API server")
    return node.api
