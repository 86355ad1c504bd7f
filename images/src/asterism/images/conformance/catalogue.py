"""Which test images are made, under the names that `e2e.test --list-images` prints.

What is missing here is missing on purpose: docs/design/conformance.md has the reasons.
"""

from dataclasses import dataclass
from pathlib import Path

from asterism.config import versions
from asterism.images.chroot import Chroot
from asterism.images.closure import MERGED, closure, entries, libraries
from asterism.images.conformance import busybox
from asterism.images.containers import BASE
from asterism.images.oci import Directory, Entry, File, Image, Link, layer
from asterism.images.workshop import Job

REGISTRY = f"{versions.REGISTRY}/e2e-test-images"

NETWORK_TOOLS = (
    *("/usr/bin/bash", "/usr/bin/curl", "/usr/bin/dig", "/usr/bin/nc.openbsd", "/usr/bin/socat"),
    *("/usr/sbin/ip", "/usr/bin/ss", "/usr/bin/iperf", "/usr/bin/ipcs", "/usr/bin/getent"),
)
DNS_TOOLS = ("/usr/bin/bash", "/usr/bin/dig", "/usr/bin/getent")

AGNHOST_FILES = (
    # The spec of image volumes reads this file of an image and wants these two words in it.
    File(
        "etc/os-release",
        b'ID=debian\nPRETTY_NAME="Debian GNU/Linux, in place of the Alpine Linux of upstream"\n',
    ),
    # A test wants a user with a group that only the image knows of.
    File(
        "etc/passwd",
        b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"
        b"user-defined-in-image:x:1000:1000::/home/user-defined-in-image:/bin/sh\n",
    ),
    File(
        "etc/group",
        b"root:x:0:\nnogroup:x:65534:\nuser-defined-in-image:x:1000:\n"
        b"group-defined-in-image:x:50000:user-defined-in-image\n",
    ),
)

NGINX = b"""\
user nobody nogroup;
worker_processes 2;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /dev/stdout;
    server {
        listen 80;
        location / { root /usr/share/nginx/html; index index.html; }
    }
}
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """Where what the images are made of lies."""

    root: Chroot
    busybox: Path
    programs: Path
    files: Path
    kube: Path
    runtime: Path


def images(job: Job, parts: Parts) -> list[Image]:
    """All images."""
    return _Kitchen(job, parts).images()


class _Kitchen:
    """The layers that images share, each made once."""

    def __init__(self, job: Job, parts: Parts) -> None:
        self._job = job
        self._parts = parts
        self._base = layer(BASE)
        self._shell = layer(_shell(job, parts))
        self._agnhost = (
            self._base,
            self._shell,
            layer(self._from_debian(*NETWORK_TOOLS)),
            layer(_agnhost(parts)),
        )

    def images(self) -> list[Image]:
        shell = (self._base, self._shell)
        etcd = [
            _program(self._parts.runtime, name, "usr/local/bin") for name in ("etcd", "etcdctl")
        ]
        return [
            self._agnhost_image("agnhost:2.66.1", "pause"),
            self._agnhost_image("agnhost:2.55", "pause"),
            *(self._pet(name) for name in ("kitten", "nautilus")),
            self._image("busybox:1.37.0-2", shell, command=("sh",)),
            *(self._nginx(f"nginx:{tag}") for tag in ("1.27.0-2", "1.28.0-2")),
            self._image(
                "glibc-dns-testing:2.1.1",
                (*shell, layer(self._from_debian(*DNS_TOOLS))),
                command=("bash",),
            ),
            self._image(
                "ipc-utils:1.4",
                (*shell, layer(self._from_debian("/usr/bin/ipcs", "/usr/bin/ipcmk"))),
                command=("sh",),
            ),
            self._image("nonroot:1.5", shell, command=("sh",), user="1234"),
            self._image(
                "nonewprivs:1.4",
                (*shell, layer([_program(self._parts.programs, "nnp", "usr/local/bin", True)])),
                command=("nnp",),
            ),
            self._one_program("regression-issue-74839:1.5", "regression-issue-74839"),
            self._one_program("sample-apiserver:1.29.2", "sample-apiserver"),
            self._resource_consumer(),
            Image(
                f"{versions.REGISTRY}/etcd:3.7.0-0",
                (self._base, layer(etcd)),
                ("/usr/local/bin/etcd",),
            ),
        ]

    def _image(
        self,
        name: str,
        layers: tuple[bytes, ...],
        entrypoint: tuple[str, ...] = (),
        command: tuple[str, ...] = (),
        user: str = "",
    ) -> Image:
        # Two names for one image would come back as either of them in a pod's status.
        label = layer([File("etc/image-name", f"{name}\n".encode())])
        return Image(f"{REGISTRY}/{name}", (*layers, label), entrypoint, command, user)

    def _agnhost_image(self, name: str, command: str, *layers: bytes) -> Image:
        return self._image(name, (*self._agnhost, *layers), ("/agnhost",), (command,))

    def _pet(self, name: str) -> Image:
        folder = self._parts.files / name / "html"
        pages = layer(File(page.name, page) for page in sorted(folder.iterdir()))
        return self._agnhost_image(f"{name}:1.8", "test-webserver", pages)

    def _nginx(self, name: str) -> Image:
        mime = self._parts.root.root / "etc/nginx/mime.types"
        page = self._parts.root.root / "usr/share/nginx/html/index.html"
        content = [
            *self._from_debian("/usr/sbin/nginx"),
            File("etc/nginx/nginx.conf", NGINX),
            File("etc/nginx/mime.types", mime),
            File("usr/share/nginx/html/index.html", page),
            *(Directory(path) for path in ("var/lib/nginx", "var/log/nginx", "run")),
        ]
        layers = (self._base, self._shell, layer(content))
        return self._image(name, layers, command=("nginx", "-g", "daemon off;"))

    def _one_program(self, name: str, program: str) -> Image:
        layers = (self._base, self._shell, layer([_program(self._parts.programs, program)]))
        return self._image(name, layers, (f"/{program}",))

    def _resource_consumer(self) -> Image:
        programs = self._parts.programs
        content = [
            _program(programs, "consumer"),
            _program(programs, "consume-cpu", "consume-cpu"),
            *self._from_debian("/usr/bin/stress"),
        ]
        layers = (self._base, self._shell, layer(content))
        return self._image("resource-consumer:1.14", layers, ("/consumer",))

    def _from_debian(self, *paths: str) -> list[Entry]:
        return closure(self._job, self._parts.root, paths)


def _program(folder: Path, name: str, target: str = "", setuid: bool = False) -> File:
    return File(f"{target}/{name}", folder / name, executable=True, setuid=setuid)


def _shell(job: Job, parts: Parts) -> list[Entry]:
    """busybox under the names of all its applets, and the C library."""
    binds = {parts.busybox: "/mnt/busybox"}
    loaded = libraries(job, parts.root, ["/mnt/busybox/busybox"], binds=binds)
    # Upstream's image has all of them in /bin, where specs look for them.
    links = [Link(f"usr/bin/{name}", "busybox") for name in busybox.applets(parts.busybox)]
    program = _program(parts.busybox, "busybox", "usr/bin")
    return [*MERGED, program, Directory("usr/sbin"), *entries(parts.root, loaded), *links]


def _agnhost(parts: Parts) -> list[Entry]:
    porter = parts.files / "agnhost" / "porter"
    certificate = [File(path.name, path) for path in sorted(porter.iterdir())]
    # Over busybox' own nc, which knows fewer options than tests use.
    netcat = Link("usr/bin/nc", "nc.openbsd")
    second = Link("agnhost-2", "agnhost")
    return [
        _program(parts.kube, "agnhost"),
        second,
        netcat,
        Directory("uploads"),
        *certificate,
        *AGNHOST_FILES,
    ]
