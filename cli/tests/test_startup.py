"""The command line starts fast: it imports nothing that it does not need."""

import os
import subprocess
import sys
from collections.abc import Mapping
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


QUICK = [["--help"], ["cluster", "--help"], ["version"], ["explain", "ATT-110"]]
LINES = ["asterism ", "asterism cluster status ", "asterism node logs ", "asterism explain A",
         "asterism image measure ", "asterism cluster create --set nodes."]  # fmt: skip


@pytest.mark.parametrize("words", QUICK, ids=" ".join)
def test_help_and_version_are_quick(words: list[str]) -> None:
    """Best of five under 150 ms of processor time; wall time depends on who else works here."""
    assert min(processor_seconds([ASTERISM, *words]) for _ in range(5)) < 0.15


@pytest.mark.parametrize("line", LINES)
def test_completion_is_quick_and_says_nothing_else(line: str) -> None:
    """The same for TAB, whatever there is or is not on this computer."""
    asked = {"_ASTERISM_COMPLETE": "bash_complete", "COMP_WORDS": line}
    assert min(processor_seconds([ASTERISM], asked) for _ in range(5)) < 0.15


def test_looking_at_clusters_is_quick() -> None:
    """`list` whole, and all that `status` loads: under 400 ms of processor time."""
    assert min(processor_seconds([ASTERISM, "cluster", "list"]) for _ in range(3)) < 0.4
    script = "import asterism.cluster.status, asterism.cluster.pin, asterism.cluster.home"
    assert min(processor_seconds([sys.executable, "-c", script]) for _ in range(5)) < 0.4


def processor_seconds(words: list[str], extra: Mapping[str, str] | None = None) -> float:
    """User and system time of one run, which must end well and say nothing beside its result."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, capture_output=True, check=True, env=os.environ | (extra or {}))
    assert not done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


@pytest.mark.parametrize(
    "module",
    [
        "cluster.create", "cluster.delete", "cluster.list", "cluster.status", "cluster.verify",
        "node.logs", "kubeconfig.merge", "image.diff", "image.list", "config.validate", "explain",
        "doctor", "support", "completion", "version",
    ],
)  # fmt: skip
def test_a_command_is_described_without_what_it_does(module: str) -> None:
    """Its help and its completion load nothing heavy; that is loaded when it runs."""
    loaded = modules_after(f"import asterism.cli.commands.{module}")
    assert not loaded & {"grpc", "ansible_runner", "kubernetes", "rich", "yaml"}


def test_only_ansible_free_modules_are_needed_to_look_at_clusters() -> None:
    """`cluster list` needs neither Ansible nor gRPC."""
    loaded = modules_after("import asterism.cli.commands.cluster.list, asterism.cluster.listing")
    assert not loaded & {"ansible_runner", "grpc", "kubernetes"}
