"""Documents name what is really there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism.images.conformance import debian_root
from asterism.images.debian import ROOTS

ROOT = Path(__file__).parents[2]
DEPENDENCIES = (ROOT / "docs/dependencies.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def direct_dependencies() -> Iterator[str]:
    """Names of the Python packages that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = list(project["project"]["dependencies"])
    for group in project["project"]["optional-dependencies"].values():
        asked += group
    for group in project["dependency-groups"].values():
        asked += group
    for requirement in asked:
        yield re.split(r"[<>=~!\[; ]", requirement)[0].lower()


def locked_versions() -> dict[str, str]:
    """Version of each package in the locks of the host side."""
    lock = "".join((ROOT / f"requirements/{name}.lock").read_text() for name in ("dev", "fuzz"))
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", lock, re.MULTILINE))


@pytest.mark.parametrize("package", sorted(set(direct_dependencies())))
def test_every_python_dependency_is_described_in_its_locked_version(package: str) -> None:
    """docs/dependencies.md has a row with name and version."""
    version = locked_versions()[package]
    assert f"| {package} | {version} |" in DEPENDENCIES


def test_no_python_package_is_described_that_is_not_asked_for() -> None:
    """What was dropped is dropped from the page too."""
    tables = DEPENDENCIES.partition("## Go")[0]
    rows = set(re.findall(r"^\| ([a-z0-9-]+) \|", tables, re.MULTILINE)) - {"package", "---"}
    assert rows == set(direct_dependencies())


@pytest.mark.parametrize("modules", ["kube", "runtime", "conformance"])
def test_every_go_module_that_we_build_is_described_in_its_version(modules: str) -> None:
    """docs/dependencies.md names the modules whose programs are in the image."""
    text = (ROOT / "images/go" / modules / "go.mod").read_text()
    versions = dict(re.findall(r"^\s*(?:require )?(\S+) (v\S+)", text, re.MULTILINE))
    for row in re.findall(r"^\| (\S+\.\S+/\S+) \| (v\S+) \|", DEPENDENCIES, re.MULTILINE):
        if row[0] in versions:
            assert versions[row[0]] == row[1]


def host_packages() -> list[str]:
    """Debian packages that images/packages.sh installs."""
    script = (ROOT / "images/packages.sh").read_text()
    listed = script.partition("packages=(")[2].partition("\n)\n")[0]
    return re.sub(r"#.*", "", listed).split()


def test_every_debian_package_is_described() -> None:
    """docs/dependencies.md has a row for each package of the host and of the image's roots."""
    rows = set(re.findall(r"^\| (\S+) \|", DEPENDENCIES, re.MULTILINE))
    roots = (*ROOTS, debian_root.ROOT)
    asked = {*host_packages(), *(name for root in roots for name in root.packages)}
    assert not asked - rows


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    """Relative links name files of the tree."""
    prose = re.sub(r"`[^`]*`", "", document.read_text())
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
