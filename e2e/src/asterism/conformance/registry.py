"""A registry inside the cluster, for specs that demand that an image is asked for at each start.

Kubernetes asks for such an image even if the node has it (imagePullPolicy Always), and no registry
is in reach. So while specs run, each node has an nginx that answers for the test images' tags, and
a file that sends containerd to it first. The layers are in the node already: only manifests are
served. All of it is objects of the cluster, made by its owner; it goes when the run ends.
"""

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterism import proc
from asterism.config import versions
from asterism.images import store

NAMESPACE = "asterism-conformance"
IMAGE = f"{versions.REGISTRY}/e2e-test-images/nginx:1.27.0-2"
PORT = 5959
CERTS_D = "/etc/containerd/certs.d"
TIMEOUT = 120.0

HOSTS = f"""\
server = "https://{versions.REGISTRY}"
[host."http://127.0.0.1:{PORT}"]
  capabilities = ["pull", "resolve"]
"""
"""containerd's docs/hosts.md: this mirror first, then the registry itself."""

START = f"""\
mkdir -p /certs.d/{versions.REGISTRY}
cp /registry/hosts.toml /certs.d/{versions.REGISTRY}/hosts.toml
exec nginx -c /registry/nginx.conf -g 'daemon off;'
"""
STOP = f"rm -r /certs.d/{versions.REGISTRY}"

NGINX = """\
pid /run/nginx.pid;
error_log /dev/stderr;
events {{}}
http {{
    access_log /dev/stdout;
    server {{
        listen 127.0.0.1:{port};
        location = /v2/ {{ return 200; }}
{locations}
    }}
}}
"""
LOCATION = """\
        location ~ ^/v2/{repository}/manifests/({tag}|{digest})$ {{
            default_type {media_type};
            add_header Docker-Content-Digest {digest};
            alias /registry/{file};
        }}"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of one image, as the archive has it."""

    name: str
    digest: str
    media_type: str
    content: str

    @property
    def file(self) -> str:
        """A name for a file with it."""
        return self.digest.replace(":", "-")

    @property
    def location(self) -> str:
        """What nginx is told of it."""
        repository, _, tag = self.name.removeprefix(f"{versions.REGISTRY}/").rpartition(":")
        return LOCATION.format(
            repository=repository,
            tag=tag.replace(".", r"\."),
            digest=self.digest,
            media_type=self.media_type,
            file=self.file,
        )


def manifests(archive: Path) -> list[Manifest]:
    """The manifests in an OCI layout, in the order of its index."""
    with tarfile.open(archive) as layout:

        def read(path: str) -> str:
            stream = layout.extractfile(path)
            return stream.read().decode() if stream is not None else ""

        return [
            Manifest(
                entry["annotations"]["io.containerd.image.name"],
                entry["digest"],
                entry["mediaType"],
                read("blobs/" + entry["digest"].replace(":", "/")),
            )
            for entry in json.loads(read("index.json"))["manifests"]
        ]


@contextmanager
def serving(kubeconfig: Path, archive: Path) -> Iterator[None]:
    """Serve the images of `archive` on every node while the body runs."""

    def kubectl(*words: str, stdin: str = "") -> None:
        argv = [str(store.kubectl()), "--kubeconfig", str(kubeconfig), *words]
        proc.run(argv, stdin=stdin.encode(), timeout=TIMEOUT)

    kubectl("apply", "-f", "-", stdin=json.dumps(objects(manifests(archive))))
    try:
        rollout = ("rollout", "status", "daemonset/registry", f"--timeout={TIMEOUT:.0f}s")
        kubectl("--namespace", NAMESPACE, *rollout)
        yield
    finally:
        kubectl("delete", "namespace", NAMESPACE)


def objects(found: list[Manifest]) -> dict[str, Any]:
    """The objects that make up the registry, as a list for kubectl."""
    locations = "\n".join(manifest.location for manifest in found)
    files = {
        "nginx.conf": NGINX.format(port=PORT, locations=locations),
        "hosts.toml": HOSTS,
        **{manifest.file: manifest.content for manifest in found},
    }
    metadata = {"name": "registry", "namespace": NAMESPACE}
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files},
            {
                "apiVersion": "apps/v1",
                "kind": "DaemonSet",
                "metadata": metadata,
                "spec": _daemon_set({"app": "registry"}),
            },
        ],
    }


def _daemon_set(labels: dict[str, str]) -> dict[str, Any]:
    container = {
        "name": "nginx",
        "image": IMAGE,
        "command": ["sh", "-ec", START],
        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", STOP]}}},
        "volumeMounts": [
            {"name": "registry", "mountPath": "/registry"},
            {"name": "certs", "mountPath": "/certs.d"},
        ],
    }
    certs = {"path": CERTS_D, "type": "DirectoryOrCreate"}
    pod = {
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 5,
        # Specs taint nodes while they run.
        "tolerations": [{"operator": "Exists"}],
        "containers": [container],
        "volumes": [
            {"name": "registry", "configMap": {"name": "registry"}},
            {"name": "certs", "hostPath": certs},
        ],
    }
    return {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
