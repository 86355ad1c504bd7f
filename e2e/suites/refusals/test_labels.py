"""L10: every output about emulated machines says EMULATED, and a check that would notice if not."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from asterism.attestation.anchors import EMULATED, load_certificate
from asterism.bootstrapper.trust.nodes import EMULATED_LABEL
from asterism.cli.commands.table import COMMANDS
from asterism.cli.lazy import Noun
from asterism.e2e import hostile, twins
from asterism.e2e.cluster import Cluster
from asterism.e2e.evidence import take
from asterism.e2e.home import Home
from asterism.kube.kubeconfig import EXTENSION

pytestmark = [pytest.mark.cluster, pytest.mark.root, pytest.mark.timeout(180)]

NAME = "NAME"
LABELLED: dict[str, tuple[str, ...]] = {
    "version": (),
    "doctor": (),
    "cluster list": (),
    "cluster status": (NAME,),
    "cluster verify": (NAME,),
    "cluster create": (NAME, "--dry-run"),
    "trust show": (),
    "trust import": ("--emulated",),
    "kubeconfig get": (NAME,),
}
"""Commands that speak of machines or their makers, with arguments that change nothing."""
WITHOUT_RESULT = {"trust import"}
WITHOUT_DOCUMENT = {"trust import", "kubeconfig get"}

SILENT = {
    "cluster delete": "says what it removed",
    "node logs": "repeats what a machine has said",
    "kubeconfig merge": "what it merges is labelled",
    "kubeconfig remove": "says what it removed",
    "image build": "images run on any hardware",
    "image list": "images run on any hardware",
    "image measure": "images run on any hardware",
    "image diff": "images run on any hardware",
    "image load": "images run on any hardware",
    "image prune": "images run on any hardware",
    "config init": "settings are not machines",
    "config validate": "settings are not machines",
    "config schema": "settings are not machines",
    "explain": "explains errors",
    "support": "names a file; what it holds is the output of commands that are labelled",
    "completion": "a shell script",
    "test conformance": "results of tests that are not ours",
}
"""Commands that need no label, with the reason."""


class UnlabelledError(AssertionError):
    """An output that lets emulated machines pass for real ones."""


def expect_label_in_text(name: str, shown: str) -> None:
    """The word stands in what people read."""
    if EMULATED not in shown:
        msg = f"{name} does not say {EMULATED}:\n{shown}"
        raise UnlabelledError(msg)


def expect_label_in_document(name: str, document: Any) -> None:
    """Every member that is there to say it does say it, and there is one."""
    said = list(labels_in(document))
    if not said or not all(said):
        msg = f"{name} does not say {EMULATED} as it should: {document}"
        raise UnlabelledError(msg)


def labels_in(value: Any) -> Iterator[bool]:
    """For each `labels`, `label` and `emulated` in a document: whether it says so."""
    if isinstance(value, dict):
        for key, item in value.items():
            match key:
                case "labels":
                    yield EMULATED in item
                case "label":
                    yield item == EMULATED
                case "emulated":
                    yield item is True
                case _:
                    yield from labels_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from labels_in(item)


def show(home: Home, cluster: Cluster, name: str, *options: str) -> str:
    """What the command line writes as its result; for what has none, what it says beside it."""
    arguments = [cluster.name if word == NAME else word for word in LABELLED[name]]
    done = home.asterism(*name.split(), *arguments, *options)
    return done.stderr.decode() if name in WITHOUT_RESULT else done.text


def expect_text_labelled(home: Home, cluster: Cluster, name: str) -> None:
    """The table for people."""
    expect_label_in_text(name, show(home, cluster, name))


def expect_document_labelled(home: Home, cluster: Cluster, name: str) -> None:
    """The document for programs."""
    expect_label_in_document(name, json.loads(show(home, cluster, name, "-o", "json")))


Check = Callable[[Home, Cluster, str], None]
CHECKS = [
    *((name, expect_text_labelled) for name in LABELLED),
    *((name, expect_document_labelled) for name in LABELLED if name not in WITHOUT_DOCUMENT),
]
IDS = [f"{name}-{'text' if check is expect_text_labelled else 'json'}" for name, check in CHECKS]


@pytest.mark.parametrize(("name", "check"), CHECKS, ids=IDS)
def test_every_output_of_the_command_line_is_labelled(
    confidential_cluster: Cluster, name: str, check: Check
) -> None:
    """L10: in both forms."""
    check(confidential_cluster.home, confidential_cluster, name)


@pytest.mark.twin("L10")
@pytest.mark.parametrize("name", LABELLED)
def test_twin_of_every_output_of_the_command_line(confidential_cluster: Cluster, name: str) -> None:
    """L10: where the command line writes no label, the check notices."""
    unlabelled = hostile.on_host(confidential_cluster.home, twins.host_code("L10"))
    with pytest.raises(UnlabelledError):
        expect_text_labelled(unlabelled, confidential_cluster, name)


@pytest.mark.parametrize(
    "unlabelled",
    [
        {},
        {"labels": []},
        {"nodes": [{"labels": ["EMULATED"]}, {"labels": []}]},
        {"label": ""},
        {"emulated": False},
    ],
)
def test_the_check_of_documents_notices_one_label_that_is_gone(unlabelled: object) -> None:
    """L10: wherever it should stand."""
    with pytest.raises(UnlabelledError):
        expect_label_in_document("a document", unlabelled)


def test_every_command_is_labelled_or_needs_no_label() -> None:
    """L10: a new command is one or the other."""
    names = {
        f"{noun} {verb}" if isinstance(entry, Noun) else noun
        for noun, entry in COMMANDS.items()
        for verb in (entry.verbs if isinstance(entry, Noun) else ("",))
    }
    assert names <= LABELLED.keys() | SILENT.keys()
    assert not LABELLED.keys() & SILENT.keys()


def test_nodes_are_labelled(confidential_cluster: Cluster) -> None:
    """L10: by the trust service, under a prefix that no kubelet may write."""
    for node in confidential_cluster.get("nodes")["items"]:
        assert node["metadata"]["labels"][EMULATED_LABEL] == "true", node["metadata"]["name"]


def test_kubeconfig_entries_are_labelled(confidential_cluster: Cluster) -> None:
    """L10: cluster and context, in the user's file."""
    document = yaml.safe_load(confidential_cluster.home.kubeconfig.read_text())
    for section, member in (("clusters", "cluster"), ("contexts", "context")):
        (entry,) = [e for e in document[section] if e["name"] == confidential_cluster.context]
        (ours,) = [e for e in entry[member]["extensions"] if e["name"] == EXTENSION]
        expect_label_in_document(section, ours)


def test_certificates_in_evidence_are_labelled(confidential_cluster: Cluster) -> None:
    """L10: of chip, its maker and the TPM, in their own names or their makers'."""
    for machine in confidential_cluster.machines:
        evidence, _ = take(confidential_cluster, machine)
        for der in (*evidence.snp.certificates, evidence.tpm.ek_certificate):
            certificate = load_certificate(der)
            for found in (certificate.subject, certificate.issuer):
                expect_label_in_text("certificate", found.rfc4514_string())


def test_the_boot_log_is_labelled(confidential_cluster: Cluster) -> None:
    """L10: the firmware's version, which is measured."""
    evidence, _ = take(confidential_cluster, confidential_cluster.control_planes[0])
    assert EMULATED.encode("utf-16-le") in evidence.tpm.event_log
