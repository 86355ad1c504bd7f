"""The authorities of a cluster with their private keys, as a control plane keeps them.

They live in the agent's memory, on the state disk (in clear for now: `state: CLEAR`) and, because
kubeadm and the controller manager want files, under /etc/kubernetes, which is memory.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from asterism.bootstrapper import durable, kubelet
from asterism.errors import ProvisionError
from asterism.keys import genesis
from asterism.keys.authority import Authority
from asterism.keys.secret import Secret

PUBLIC = 0o644
SERVICE_ACCOUNT_KEY = "service-account.key"
TRUST_KEY = "trust.key"
TRUST_SEED_SIZE = 32


@dataclass(frozen=True, slots=True)
class Authorities:
    """Five authorities, the trust service's own key, and the key of service account tokens.

    Each has one duty: `identity` names nodes to each other, `cluster` serves Kubernetes' own
    components, `user` names people, so that none can speak for another's subjects.
    """

    identity: Authority
    cluster: Authority
    etcd: Authority
    front_proxy: Authority
    user: Authority
    trust_key: Secret
    """Ed25519 seed, 32 bytes."""
    service_account_key: Secret
    """PEM (PKCS#8), ECDSA P-256."""

    @classmethod
    def create(cls, cluster: str, *, at: datetime) -> "Authorities":
        """New keys for the cluster of that name."""
        return cls(
            identity=Authority.create(f"{cluster} identity", at=at),
            cluster=Authority.create(f"{cluster} kubernetes", at=at),
            etcd=Authority.create(f"{cluster} etcd", at=at),
            front_proxy=Authority.create(f"{cluster} front proxy", at=at),
            user=Authority.create(f"{cluster} users", at=at),
            trust_key=Secret(Ed25519PrivateKey.generate().private_bytes_raw()),
            service_account_key=_new_service_account_key(),
        )

    @classmethod
    def load(cls, directory: Path) -> "Authorities":
        """From the state disk; ProvisionError JOI-501 or UserError DOC-014 if it is incomplete."""
        try:
            loaded = {name: _load_one(directory, name) for name in genesis.AUTHORITY_NAMES}
            trust_key = Secret((directory / TRUST_KEY).read_bytes())
            service_account_key = Secret((directory / SERVICE_ACCOUNT_KEY).read_bytes())
        except OSError as exc:
            raise ProvisionError("JOI-501", f"authorities: {exc}") from exc
        if len(trust_key.reveal()) != TRUST_SEED_SIZE:
            raise ProvisionError("JOI-501", f"{TRUST_KEY} is not a key of the trust service")
        return cls(**loaded, trust_key=trust_key, service_account_key=service_account_key)

    def save(self, directory: Path) -> None:
        """To the state disk, durably."""
        for name in genesis.AUTHORITY_NAMES:
            authority: Authority = getattr(self, name)
            durable.write(directory / f"{name}.key", authority.key_pem().reveal())
            durable.write(directory / f"{name}.crt", authority.certificate_pem, PUBLIC)
        durable.write(directory / TRUST_KEY, self.trust_key.reveal())
        durable.write(directory / SERVICE_ACCOUNT_KEY, self.service_account_key.reveal())

    def certificates(self) -> genesis.Authorities:
        """What the genesis says of them."""
        pem = {
            name: getattr(self, name).certificate_pem.decode() for name in genesis.AUTHORITY_NAMES
        }
        return genesis.Authorities(**pem)

    @property
    def trust_public(self) -> bytes:
        """The trust service's public key, 32 bytes."""
        key = Ed25519PrivateKey.from_private_bytes(self.trust_key.reveal())
        return key.public_key().public_bytes_raw()

    def write_for_kubeadm(self, pki: Path = kubelet.PKI) -> None:
        """Where kubeadm looks for ready-made authorities; and the bundle of the API's clients."""
        places = {"ca": self.cluster, "etcd/ca": self.etcd, "front-proxy-ca": self.front_proxy}
        for place, authority in places.items():
            durable.write(pki / f"{place}.crt", authority.certificate_pem, PUBLIC)
            durable.write(pki / f"{place}.key", authority.key_pem().reveal())
        durable.write(pki / "sa.key", self.service_account_key.reveal())
        durable.write(pki / "sa.pub", _public_pem(self.service_account_key), PUBLIC)
        bundle = self.cluster.certificate_pem + self.user.certificate_pem
        durable.write(pki / "client-ca.crt", bundle, PUBLIC)


def _load_one(directory: Path, name: str) -> Authority:
    key = Secret((directory / f"{name}.key").read_bytes())
    return Authority.load((directory / f"{name}.crt").read_bytes(), key)


def _new_service_account_key() -> Secret:
    key = ec.generate_private_key(ec.SECP256R1())
    return Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _public_pem(private: Secret) -> bytes:
    key = load_pem_private_key(private.reveal(), password=None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
