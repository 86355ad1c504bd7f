"""Certificate requests for names that are not the asker's."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Role
from asterism.bootstrapper.trust.service import TrustService
from asterism.e2e import twins
from asterism.e2e.lab.opening import verified
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.refusal import refused
from asterism.e2e.lab.starting import PowerOn
from asterism.e2e.lab.trust import join_request, trust_service
from asterism.proto.trust.v1.trust_pb2 import JoinRequest

pytestmark = [pytest.mark.tools, pytest.mark.timeout(60)]

SLOT = "lab-worker-1"
OTHER_NODE = "CN=system:node:lab-cp-1,O=system:nodes"
ADMINISTRATOR = "CN=kubernetes-admin,O=system:masters"


@pytest.fixture
def service(owner: LabOwner, power_on: PowerOn, tmp_path: Path) -> TrustService:
    """The trust service of a running cluster."""
    return trust_service(owner, power_on(owner), tmp_path / "state")


@pytest.fixture
def worker(owner: LabOwner, power_on: PowerOn) -> NodeClaims:
    """A genuine worker of the cluster that means ill: its evidence is as it should be."""
    return verified(owner, power_on(owner, SLOT, Role.WORKER).prover)


def asking(field: str, subject: str = "", dns: str = "") -> JoinRequest:
    """A join in which one request names somebody."""
    builder = x509.CertificateSigningRequestBuilder(x509.Name.from_rfc4514_string(subject))
    if dns:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(dns)])
        builder = builder.add_extension(alternatives, critical=False)
    csr = builder.sign(ec.generate_private_key(ec.SECP256R1()), SHA256())
    request = join_request()
    setattr(request, field, csr.public_bytes(Encoding.DER))
    return request


@pytest.mark.parametrize(
    "request_for_more",
    [
        asking("kubelet_client_csr", OTHER_NODE),
        asking("kubelet_client_csr", ADMINISTRATOR),
        asking("kubelet_serving_csr", dns="lab-cp-1"),
        asking("node_csr", "CN=lab-cp-1"),
        asking("node_csr", dns="lab-cp-1"),
    ],
    ids=["kubelet", "administrator", "serving", "peer", "peer's alternative"],
)
@pytest.mark.attack("A14", refused="DOC-016")
def test_a_request_for_anothers_name_is_refused(
    service: TrustService, worker: NodeClaims, request_for_more: JoinRequest
) -> None:
    """A14: nothing is issued and no place is given; an honest request gets both afterwards."""
    before = service.members
    with refused("DOC-016"):
        service.join(worker, request_for_more)
    assert service.members == before
    assert service.join(worker, join_request()).assignment.name == SLOT


@pytest.mark.twin("A14")
def test_twin_of_a_request_for_anothers_name(
    service: TrustService, worker: NodeClaims, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A14: an issuer that takes names from requests makes a worker the cluster's administrator."""
    twins.load("A14").apply(monkeypatch)
    answer = service.join(worker, asking("kubelet_client_csr", ADMINISTRATOR))
    subject = x509.load_pem_x509_certificate(answer.kubelet_client_certificate).subject
    groups = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert [group.value for group in groups] == ["system:masters"]
