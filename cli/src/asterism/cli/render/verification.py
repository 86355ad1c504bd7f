"""What `cluster verify` has proven, for people and programs, and what it cannot prove."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asterism.attestation.anchors import EMULATED
from asterism.attestation.describe import describe
from asterism.cli.render import text
from asterism.cli.render.output import Result
from asterism.cluster.pin import Pin
from asterism.cluster.verify import Verification, VerifiedNode

RISKS_OF_EMULATION = (
    "The machines are namespaces of this computer: whoever is root here can read their memory.",
    "The makers' keys lie on this computer: whoever reads them can forge such evidence.",
    "The image's kernel is measured but not run; this computer's kernel runs the nodes.",
)
RISKS_OF_A_FILE = (
    "The evidence is of a past session: it says nothing about the machines since then.",
    "When that was is the file's own word, and so is which session the evidence was made for.",
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Whether machines or a file were looked at."""

    source: str
    verified: str
    risks: tuple[str, ...] = ()


_SESSION = _Kind("session", "verified just now")
_FILE = _Kind(
    "evidence", "verified from saved evidence: this proves a past session only", RISKS_OF_A_FILE
)


def of_session(pin: Pin, found: Verification) -> Result:
    """The machines have just proven themselves."""
    return _result(pin, found, _SESSION)


def of_file(pin: Pin, found: Verification) -> Result:
    """Saved evidence was verified once more; nothing is said about now."""
    return _result(pin, found, _FILE)


def _result(pin: Pin, found: Verification, kind: _Kind) -> Result:
    risks = [*kind.risks, *(RISKS_OF_EMULATION if EMULATED in found.labels else ())]
    fields = {
        "name": pin.cluster,
        "id": pin.cluster_id.hex(),
        "policy": pin.policy.digest.hex(),
        "source": kind.source,
        "labels": found.labels,
        "nodes": [_document(node) for node in found.nodes],
        "residualRisks": risks,
    }
    return Result(
        "ClusterVerification",
        fields,
        prose="\n".join(_lines(pin, found, kind, risks, width=48)),
        wide_prose="\n".join(_lines(pin, found, kind, risks, width=None)),
        names=[node.name for node in found.nodes],
    )


def _document(node: VerifiedNode) -> dict[str, object]:
    return {
        "name": node.name,
        "role": node.role,
        "version": node.version,
        "verifiedAt": f"{node.claims.verified_at:%Y-%m-%dT%H:%M:%SZ}",
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
    pin: Pin, found: Verification, kind: _Kind, risks: Sequence[str], *, width: int | None
) -> Iterator[str]:
    counted = f"{len(found.nodes)} of {len(pin.machines)} machines"
    yield f"Cluster {pin.cluster}: {counted} {kind.verified}."
    yield f"cluster ID {pin.cluster_id.hex()}, as pinned when it was created"
    for node in found.nodes:
        yield ""
        yield _title(node)
        rows = [
            ("  " + s.claim, _value(s.value, width), s.proven_by, s.under)
            for s in describe(node.claims)
        ]
        yield text.columns(rows, ("  CLAIM", "VALUE", "PROVEN BY", "UNDER"))
    if risks:
        yield ""
        yield "What this cannot prove:"
        yield from (f"  - {risk}" for risk in risks)


def _title(node: VerifiedNode) -> str:
    kubernetes = f", Kubernetes {node.version}" if node.version else ""
    return f"{node.name} ({node.role}{kubernetes})"


def _value(value: str, width: int | None) -> str:
    return value if width is None else text.shortened(value, width)
