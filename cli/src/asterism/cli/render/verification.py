"""What `cluster verify` has proven, for people and programs, and what it cannot prove."""

from collections.abc import Iterator, Sequence

from asterism.attestation.anchors import EMULATED
from asterism.attestation.describe import describe
from asterism.cli.render import text
from asterism.cli.render.output import Result
from asterism.cluster.pin import Pin
from asterism.cluster.verify import VerifiedNode, labels

RISKS_OF_EMULATION = (
    "The machines are namespaces of this computer: whoever is root here can read their memory.",
    "The makers' keys lie on this computer: whoever reads them can forge such evidence.",
    "The image's kernel is measured but not run; this computer's kernel runs the nodes.",
)


def result(name: str, pin: Pin, nodes: Sequence[VerifiedNode]) -> Result:
    """All forms of the result."""
    found = labels(nodes)
    risks = RISKS_OF_EMULATION if EMULATED in found else ()
    fields = {
        "name": name,
        "id": pin.cluster_id.hex(),
        "policy": pin.policy.digest.hex(),
        "labels": found,
        "nodes": [_document(node) for node in nodes],
        "residualRisks": list(risks),
    }
    return Result(
        "ClusterVerification",
        fields,
        prose="\n".join(_lines(name, pin, nodes, risks)),
        names=[node.name for node in nodes],
    )


def _document(node: VerifiedNode) -> dict[str, object]:
    return {
        "name": node.name,
        "role": node.role,
        "version": node.version,
        "labels": sorted(node.claims.labels),
        "claims": [
            {
                "claim": statement.claim,
                "value": statement.value,
                "provenBy": statement.proven_by,
                "under": statement.under,
            }
            for statement in describe(node.claims)
        ],
    }


def _lines(
    name: str, pin: Pin, nodes: Sequence[VerifiedNode], risks: Sequence[str]
) -> Iterator[str]:
    yield f"Cluster {name}: {len(nodes)} of {len(pin.machines)} machines verified just now."
    yield f"cluster ID {pin.cluster_id.hex()}, as pinned when it was created"
    for node in nodes:
        yield ""
        yield f"{node.name} ({node.role}, Kubernetes {node.version})"
        rows = [
            ("  " + s.claim, text.shortened(s.value, 48), s.proven_by, s.under)
            for s in describe(node.claims)
        ]
        yield text.columns(rows, ("  CLAIM", "VALUE", "PROVEN BY", "UNDER"))
    if risks:
        yield ""
        yield f"{EMULATED}: what this cannot prove"
        yield from (f"  - {risk}" for risk in risks)
