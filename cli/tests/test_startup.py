"""The command line starts fast: it imports nothing that it does not need."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "kubernetes",
    "grpc",
    "ansible_runner",
    "msgspec",
    "yaml",
    "rich",
    "cryptography",
)
ASTERISM = str(Path(sys.executable).with_name("asterism"))


def modules_after(statement: str) -> set[str]:
    """Top-level modules loaded in a new interpreter after `statement`."""
    script = f"{statement}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    return set(done.stdout.split())


def test_the_entry_point_imports_nothing_heavy() -> None:
    """Help and version pay for click only."""
    assert not modules_after("import asterism.cli.main") & set(HEAVY)


@pytest.mark.parametrize("words", [["--help"], ["cluster", "--help"], ["version"]], ids=" ".join)
def test_help_and_version_are_quick(words: list[str]) -> None:
    """Best of five under 150 ms of processor time; wall time depends on who else works here."""
    assert min(processor_seconds(words) for _ in range(5)) < 0.15


def processor_seconds(words: list[str]) -> float:
    """User and system time of one run."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([ASTERISM, *words], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def test_only_ansible_free_modules_are_needed_to_look_at_clusters() -> None:
    """`cluster list` needs neither Ansible nor gRPC."""
    loaded = modules_after("import asterism.cli.commands.cluster.list, asterism.cluster.listing")
    assert not loaded & {"ansible_runner", "grpc", "kubernetes"}
