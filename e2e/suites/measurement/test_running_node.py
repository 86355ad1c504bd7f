"""A running node against independent tools: its registers, launch digest, quote and report."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sevsnpmeasure import guest, vcpu_types, vmm_types

from asterism import proc
from asterism.attestation.binding import Binding
from asterism.e2e import evidence
from asterism.e2e.cluster import Cluster
from asterism.e2e.machine import Machine
from asterism.images.measure import measure
from asterism.proto.evidence.v1.evidence_pb2 import Evidence
from asterism.tpm import commands
from asterism.tpm.device import TpmDevice
from asterism.tpm.structures import EccParameters, Public

pytestmark = [pytest.mark.cluster, pytest.mark.root]

Taken = tuple[Evidence, Binding]
MEASUREMENT = slice(0x90, 0xC0)


@pytest.fixture
def node(confidential_cluster: Cluster) -> Machine:
    """A running node."""
    return confidential_cluster.workers[0]


@pytest.fixture
def taken(confidential_cluster: Cluster, node: Machine) -> Taken:
    """Its evidence, fresh."""
    return evidence.take(confidential_cluster, node)


def test_the_registers_hold_what_was_predicted(node: Machine) -> None:
    """PCR 4, 9 and 11 of the running vTPM are what the image's files foretell."""
    predicted = measure(node.spec.image_dir, vcpus=[node.spec.vcpus]).pcrs
    tpm = TpmDevice(node.folder.host / "tpm.sock")
    assert commands.pcr_read(tpm, tuple(sorted(predicted))) == predicted


def test_the_launch_digest_is_that_of_sev_snp_measure(node: Machine, taken: Taken) -> None:
    """An independent implementation computes the report's MEASUREMENT from the same files."""
    digest = guest.snp_calc_launch_digest(
        node.spec.vcpus,
        vcpu_types.CPU_SIGS["EPYC-Genoa"],
        str(node.spec.image_dir / node.spec.files.firmware),
        str(node.spec.image_dir / node.spec.files.uki),
        None,
        "",
        guest_features=0x1,
        ovmf_hash_str="",
        vmm_type=vmm_types.VMMType.QEMU,
    )
    assert taken[0].snp.report[MEASUREMENT] == digest


def test_tpm2_checkquote_accepts_the_quote(taken: Taken, tmp_path: Path) -> None:
    """The quote of the session verifies with tpm2-tools, for this session's binder and no other."""
    shown, binding = taken
    qualification = binding.qualifying_data.hex()
    assert checkquote(shown, qualification, tmp_path).returncode == 0
    assert checkquote(shown, "00" * 32, tmp_path).returncode != 0


def checkquote(shown: Evidence, qualification: str, folder: Path) -> proc.Completed:
    """What `tpm2_checkquote` says of a quote."""
    (folder / "ak.pem").write_bytes(pem_of(shown.tpm.ak_public))
    (folder / "quoted").write_bytes(shown.tpm.quoted)
    (folder / "signature").write_bytes(shown.tpm.signature)
    return proc.run(
        ["tpm2_checkquote", "-u", "ak.pem", "-m", "quoted", "-s", "signature",
         "-g", "sha256", "-q", qualification],
        cwd=folder, check=False,
    )  # fmt: skip


def pem_of(ak_public: bytes) -> bytes:
    """The attestation key of a TPMT_PUBLIC as PEM."""
    parameters = Public.parse(ak_public).parameters
    assert isinstance(parameters, EccParameters)
    x, y = (int.from_bytes(part, "big") for part in (parameters.x, parameters.y))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
