"""The owner's Kubernetes user: a key that is made here and never sent, and its CSR.

Not a member of `system:masters`: the node gives the user its rights by an ordinary binding.
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from asterism import clock
from asterism.errors import AttestationError
from asterism.keys.period import require_valid
from asterism.keys.secret import Secret
from asterism.keys.unreadable import UNREADABLE


class UserKey:
    """A fresh P-256 key for one kubeconfig entry."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def pem(self) -> Secret:
        """PKCS#8 PEM, for the kubeconfig only."""
        plain = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Secret(plain)

    @property
    def request(self) -> bytes:
        """PKCS#10, DER, without a name: the node decides names and groups of the certificate."""
        nameless = x509.CertificateSigningRequestBuilder(x509.Name([]))
        return nameless.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def require_certificate(self, pem: bytes, authority: str) -> None:
        """AttestationError CLU-011 unless `authority` (PEM) certifies exactly this key in `pem`.

        DOC-017 when the machine's clock and ours disagree about now.
        """
        issuer = x509.load_pem_x509_certificate(authority.encode())
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            certificate.verify_directly_issued_by(issuer)
            certified = certificate.public_key()
        except (InvalidSignature, *UNREADABLE) as exc:
            raise _refused("one by the genesis' user authority", type(exc).__name__) from exc
        if certified != self._key.public_key():
            raise _refused("one for the key made here", "one for another key")
        require_valid(certificate, "owner certificate", clock.now())


def _refused(expected: str, got: str) -> AttestationError:
    return AttestationError.of(
        "CLU-011", claim="owner certificate", expected=expected, got=got, source="genesis"
    )
