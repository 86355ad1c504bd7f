"""The Go programs of the suite: the test binary, ginkgo, and what test images run."""

from pathlib import Path

from asterism.config import versions
from asterism.images import source
from asterism.images.golang import (
    Program,
    SuiteBinary,
    environment,
    kubernetes_ldflags,
    programs,
)
from asterism.images.keys import content_key
from asterism.images.workshop import Job, Workshop

MODULE = "conformance"
KUBERNETES = "k8s.io/kubernetes"
TEST_IMAGES = f"{KUBERNETES}/test/images"

PROGRAMS = (
    SuiteBinary("e2e.test", f"{KUBERNETES}/test/e2e", ldflags=kubernetes_ldflags()),
    Program("ginkgo", "github.com/onsi/ginkgo/v2/ginkgo"),
    Program("nnp", f"{TEST_IMAGES}/nonewprivs"),
    Program("regression-issue-74839", f"{TEST_IMAGES}/regression-issue-74839"),
    Program("consumer", f"{TEST_IMAGES}/resource-consumer"),
    Program("consume-cpu", f"{TEST_IMAGES}/resource-consumer/consume-cpu"),
    Program("sample-apiserver", "k8s.io/sample-apiserver", ldflags=kubernetes_ldflags()),
)

FILES = (
    *("kitten/html/data.json", "kitten/html/kitten.jpg"),
    *("nautilus/html/data.json", "nautilus/html/nautilus.jpg"),
    *("agnhost/porter/localhost.crt", "agnhost/porter/localhost.key"),
)
"""What test images hold beside programs, below test/images of Kubernetes' module."""


def build(shop: Workshop, goroot: Path) -> Path:
    """The directory of the built programs."""
    return programs(shop, goroot, MODULE, PROGRAMS)


def image_files(shop: Workshop, goroot: Path) -> Path:
    """A directory with copies of FILES."""

    def copy(job: Job) -> None:
        words = [str(goroot / "bin" / "go"), "list", "-m", "-f", "{{.Dir}}", KUBERNETES]
        settings = environment(shop, goroot)
        module = job.run(words, env=settings, cwd=source.GO / MODULE).decode().strip()
        for name in FILES:
            target = job.out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((Path(module) / "test" / "images" / name).read_bytes())

    key = content_key(versions.KUBERNETES, repr(FILES))
    return shop.make("conformance-files", "Files of test images", key, copy)
