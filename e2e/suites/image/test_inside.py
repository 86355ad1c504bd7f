"""The unit tests of what runs in a node, by the node's own Python and libraries."""

import re
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from asterism import proc
from asterism.config import paths

pytestmark = [pytest.mark.root, pytest.mark.image, pytest.mark.timeout(300)]

CHECKOUT = Path(__file__).parents[3]
TOOLS = (
    "pytest",
    "pytest-timeout",
    "pluggy",
    "iniconfig",
    "packaging",
    "pygments",
    "hypothesis",
    "sortedcontainers",
)
NOT_IN_A_NODE = re.compile(r"asterism\.(machine|images|cluster|cli|e2e)\b|sevsnpmeasure")

SCRIPT = """
set -e
mount -t erofs -o ro "$IMAGE/root.erofs" "$ROOT"
mount -t tmpfs tmpfs "$ROOT/tmp"
mkdir "$ROOT/tmp/checkout" "$ROOT/tmp/tools"
mount --bind -o ro "$CHECKOUT" "$ROOT/tmp/checkout"
mount --bind -o ro "$TOOLS" "$ROOT/tmp/tools"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount --rbind /sys "$ROOT/sys"
cd "$ROOT/tmp/checkout"
exec chroot "$ROOT" env -C /tmp/checkout PYTHONDONTWRITEBYTECODE=1 \
    HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis \
    PYTHONPATH=/usr/lib/asterism/python:/tmp/tools python3 -m pytest -q -p no:cacheprovider "$@"
"""


@pytest.fixture(scope="module")
def tools(image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test runner for the node's version of Python, from our lock."""
    wanted = "".join(map(locked, TOOLS))
    target = paths.CACHE / f"test-tools-{sha256(wanted.encode()).hexdigest()[:12]}"
    if not target.is_dir():
        requirements = tmp_path_factory.mktemp("lock") / "requirements.txt"
        requirements.write_text(wanted)
        fresh = target.with_suffix(".new")
        proc.run(
            [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes",
             "--only-binary=:all:", "--python-version=3.13", "--target", fresh,
             "-r", requirements],
        )  # fmt: skip
        fresh.replace(target)
    return target


def locked(package: str) -> str:
    """The lines of one package in the lock, hashes included."""
    lock = (CHECKOUT / "requirements/dev.lock").read_text()
    found = re.search(rf"^{package}==.*?(?<!\\)\n", lock, re.MULTILINE | re.DOTALL)
    assert found is not None, package
    return re.sub(r"^ +#.*\n", "", found[0], flags=re.MULTILINE)


def unit_tests_of_a_node() -> list[str]:
    """Test files of components that are in the image."""
    files = [
        file
        for component in ("internal", "bootstrapper")
        for file in sorted((CHECKOUT / component / "tests").rglob("test_*.py"))
    ]
    return [str(file.relative_to(CHECKOUT)) for file in files if not needs_a_host(file)]


def needs_a_host(file: Path) -> bool:
    """Whether a test, or a module of the tests that it imports, uses what is not in a node."""
    text = file.read_text()
    helpers = re.findall(r"^from (\w+\.tests\.[\w.]+) import", text, re.MULTILINE)
    texts = [text, *((CHECKOUT / f"{h.replace('.', '/')}.py").read_text() for h in helpers)]
    return any(NOT_IN_A_NODE.search(text) for text in texts)


def test_the_unit_tests_pass_inside_the_image(
    image_folder: Path, tools: Path, tmp_path: Path
) -> None:
    """Every unit test that needs nothing but what a node has passes in a node's root."""
    chosen = ["-m", "not root and not tools and not image and not slow", *unit_tests_of_a_node()]
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "IMAGE": str(image_folder),
        "ROOT": str(tmp_path),
        "CHECKOUT": str(CHECKOUT),
        "TOOLS": str(tools),
    }
    done = proc.run(
        ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", *chosen],
        env=environment,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.text[-6000:] + done.stderr.decode()[-2000:]
