"""What `cluster create --dry-run` shows: machines, addresses, disks and digests."""

from asterism.cli.render import text
from asterism.cli.render.output import Result
from asterism.cluster.documents import VCPUS
from asterism.cluster.preview import Preview
from asterism.config import hardware

ROOT = "root.erofs"


def result(preview: Preview) -> Result:
    """All forms of the plan."""
    return Result(
        "ClusterPlan",
        _document(preview),
        rows=[
            (m.name, m.role, m.address, str(VCPUS), str(preview.disk(m))) for m in preview.machines
        ],
        header=("MACHINE", "ROLE", "UNDERLAY", "VCPUS", "STATE DISK"),
        prose=text.columns(_facts(preview)) + "\n",
        names=[machine.name for machine in preview.machines],
    )


def _facts(preview: Preview) -> list[tuple[str, str]]:
    values = preview.values
    root = preview.manifest.files.get(ROOT, "none")
    return [
        ("cluster", f"{preview.settings.name} ({preview.phase})"),
        ("image", f"{preview.manifest.image_id}  {preview.image}"),
        ("root disk", f"sha256 {root}, read-only, the same for all machines"),
        ("measurement", f"{preview.measurement.hex()} (SNP, {VCPUS} vCPUs)"),
        *[(f"PCR {index}", value.hex()) for index, value in sorted(values.pcrs.items())],
        ("labels", ", ".join(hardware.LABELS)),
        ("policy", f"epoch {preview.settings.policy.epoch}, {_rules(preview)}"),
    ]


def _rules(preview: Preview) -> str:
    return "production" if preview.settings.policy.production else "emulated makers accepted"


def _document(preview: Preview) -> dict[str, object]:
    return {
        "name": preview.settings.name,
        "phase": preview.phase,
        "labels": list(hardware.LABELS),
        "image": {
            "id": preview.manifest.image_id,
            "directory": str(preview.image),
            "files": dict(preview.manifest.files),
        },
        "measurement": preview.measurement.hex(),
        "pcrs": {str(index): value.hex() for index, value in preview.values.pcrs.items()},
        "policy": {
            "production": preview.settings.policy.production,
            "epoch": preview.settings.policy.epoch,
        },
        "machines": [
            {
                "name": machine.name,
                "role": machine.role,
                "address": machine.address,
                "tee": preview.settings.nodes.tee,
                "vcpus": VCPUS,
                "stateDisk": str(preview.disk(machine)),
            }
            for machine in preview.machines
        ],
    }
