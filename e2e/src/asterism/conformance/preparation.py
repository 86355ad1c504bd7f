"""What must be there before specs run: the suite, its images in all nodes, credentials."""

import json
from dataclasses import dataclass
from pathlib import Path

from asterism import proc
from asterism.cluster import load, pin, state
from asterism.cluster.events import Watcher, silent, step
from asterism.cluster.home import OwnerHome
from asterism.cluster.image import build_event
from asterism.cluster.state import ClusterState
from asterism.conformance.record import Record
from asterism.errors import UserError
from asterism.images import store
from asterism.images.conformance.build import Suite, build_suite, built
from asterism.kube.kubeconfig import Document, context_name, dump


def suite(watch: Watcher) -> Suite:
    """The suite: built if this process may build, otherwise as it was built before.

    UserError TST-002 if it was never built and this process is not root.
    """
    try:
        return build_suite(lambda report: watch(build_event(report)))
    except UserError as exc:
        found = built()
        if exc.error_id != "IMG-007":
            raise
        if found is None:
            raise UserError("TST-002", "the suite was not built on this computer") from exc
        return found


@dataclass(frozen=True, slots=True)
class Target:
    """The cluster that is tested, as its owner reaches it."""

    cluster: ClusterState
    home: OwnerHome

    @classmethod
    def find(cls, name: str, home: OwnerHome) -> "Target":
        """The cluster `name`; UserError CLU-001 if there is none."""
        return cls(state.load(name), home)

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.cluster.name

    @property
    def cluster_id(self) -> str:
        """The ID of its genesis; a cluster made anew under the same name has another."""
        return pin.require(self.home, self.name).opened_genesis().cluster_id.hex()

    def write_kubeconfig(self, path: Path) -> None:
        """Write a kubeconfig (0600) with nothing but the owner's entry for this cluster.

        UserError TST-005 if the owner has no such entry.
        """
        context = context_name(self.name)
        for file in map(self.home.kubeconfig_at, self.home.kubeconfigs()):
            document = file.read()
            if any(item["name"] == context for item in document.get("contexts") or ()):
                path.touch(0o600)
                path.write_text(dump(alone(document, context)))
                return
        raise UserError("TST-005", f"no kubeconfig of this user has the context {context}")

    def load_images(
        self, built_suite: Suite, kubeconfig: Path, record: Record, watch: Watcher
    ) -> None:
        """Load the test images into every node, unless they are there."""
        key = built_suite.images_key
        if record.images == key and _nodes_have(kubeconfig, built_suite.image_names):
            return
        pinned, owner = pin.require(self.home, self.name), self.home.owner_key()
        with step(watch, "conformance/images", "Load the test images into every node"):
            load.load(self.cluster, pinned, owner, built_suite.archive, silent)
        record.loaded(key)


def _nodes_have(kubeconfig: Path, names: list[str]) -> bool:
    words: list[str | Path] = [
        store.kubectl(),
        "--kubeconfig",
        kubeconfig,
        "get",
        "nodes",
        "-o",
        "json",
    ]
    nodes = json.loads(proc.run(words).stdout)["items"]
    return all(set(names) <= _images(node) for node in nodes)


def _images(node: Document) -> set[str]:
    """Names of the images that a node reports; one whose name went to another has none left."""
    images = node["status"].get("images", [])
    return {name for image in images for name in image.get("names") or ()}


def alone(document: Document, context: str) -> Document:
    """The entry `context` of a kubeconfig.

    The test binary forgets an entry's TLS server name if its cluster is called like its context,
    so it gets another name.
    """
    cluster, user = (
        next(item for item in document[section] if item["name"] == context)
        for section in ("clusters", "users")
    )
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{**cluster, "name": "tested"}],
        "users": [user],
        "contexts": [{"name": context, "context": {"cluster": "tested", "user": context}}],
    }
