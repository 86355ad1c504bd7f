"""The end of `cluster create`: what there is now, and what to type next."""

import json
from collections.abc import Iterator

import click

from asterism.cli.options import Settings
from asterism.cli.render import text
from asterism.cluster.create import Created


def show(created: Created, settings: Settings) -> None:
    """Write the result; with `-o json` as the last line of the event stream."""
    if settings.output == "json":
        click.echo(json.dumps({"type": "result", **document(created)}))
    else:
        click.echo("\n".join(_lines(created)))


def document(created: Created) -> dict[str, object]:
    """The cluster for programs."""
    return {
        "name": created.name,
        "id": created.cluster_id.hex(),
        "server": created.server,
        "image": created.image,
        "measurement": created.measurement.hex(),
        "labels": list(created.labels),
        "nodes": list(created.nodes),
        "context": created.merged.context,
        "kubeconfig": str(created.merged.path),
        "switched": created.merged.switched,
        "ms": created.milliseconds,
        "ansibleMs": created.ansible_milliseconds,
    }


def _lines(created: Created) -> Iterator[str]:
    context = created.merged.context
    took = text.seconds(created.milliseconds)
    if created.ansible_milliseconds:
        took += f", Ansible {text.seconds(created.ansible_milliseconds)} of it"
    yield f"Cluster {created.name} is ready ({took})."
    yield text.columns(
        [
            ("  endpoint", created.server),
            ("  cluster ID", created.cluster_id.hex()),
            ("  measured", f"{created.measurement.hex()} (image {created.image})"),
            ("  nodes", ", ".join(created.nodes)),
            ("  labels", ", ".join(created.labels) or "none"),
            ("  kubeconfig", f"{created.merged.path}, context {context}"),
        ]
    )
    if created.labels:
        yield "  EMULATED: whoever is root on this computer can read these machines' memory."
    if created.merged.switched:
        yield f"Switched the current context to {context}."
    yield f"Try:  kubectl --context {context} get nodes"
    yield f"      asterism cluster verify {created.name}"
