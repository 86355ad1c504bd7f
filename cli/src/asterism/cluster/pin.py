"""Pins: what the owner has recorded of a cluster's identity, so that no other one passes for it.

Written in two steps. Before the owner signs a genesis it is recorded as pending, so that an
interrupted init can go on with that genesis and no other; afterwards the signed document is.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asterism.attestation.policy import Policy
from asterism.cluster.home import OwnerHome
from asterism.errors import AttestationError, UserError
from asterism.keys.documents import SignedDocument
from asterism.keys.genesis import Genesis

VERSION = 1


@dataclass(frozen=True, slots=True)
class Pin:
    """One cluster as its owner knows it."""

    cluster: str
    nonce: str
    """The nonce of the `create` that made it, hex: a pin of a deleted namesake is told apart."""
    owner: bytes
    policy: SignedDocument
    """The policy under which every machine of the cluster is verified."""
    machines: Mapping[str, bytes]
    """SHA-256 of each machine's initdata, 32 bytes: its name, role and grant are in there."""
    pending: bytes = b""
    """Canonical genesis payload that this owner was about to sign, empty once it is signed."""
    genesis: SignedDocument | None = None

    @property
    def cluster_id(self) -> bytes:
        """32 bytes; UserError CLU-005 before the genesis is signed."""
        return self.opened_genesis().cluster_id

    def opened_genesis(self) -> Genesis:
        """The genesis, its signature checked once more; CLU-005 before it is signed."""
        if self.genesis is None:
            raise UserError("CLU-005", f"`{self.cluster}` was never initialised")
        return Genesis.open(self.genesis, [self.owner])

    def expected_cluster_id(self) -> bytes | None:
        """The cluster that PCR 15 may be bound to: signed, or about to be; None before init."""
        if self.genesis is not None:
            return self.cluster_id
        return hashlib.sha256(self.pending).digest() if self.pending else None

    def initdata_digest(self, machine: str) -> bytes:
        """What the evidence of `machine` must carry; UserError CLU-017 if it has no pin."""
        if machine not in self.machines:
            raise UserError("CLU-017", f"`{machine}` is not among the pinned machines")
        return self.machines[machine]

    def opened_policy(self) -> Policy:
        """The policy, its signature checked once more."""
        return Policy.open(self.policy, [self.owner])

    def require_genesis(self, document: bytes) -> None:
        """AttestationError CLU-006 unless `document` is a signed form of the pinned genesis."""
        offered = SignedDocument.decode(document) if document else None
        got = "no genesis" if offered is None else offered.digest.hex()
        if offered is None or offered.digest != self.cluster_id:
            raise AttestationError.of(
                "CLU-006",
                claim="cluster ID",
                expected=self.cluster_id.hex(),
                got=got,
                source="the owner's pin",
            )

    def to_json(self) -> str:
        """The form of the file."""
        values: dict[str, object] = {
            "version": VERSION,
            "cluster": self.cluster,
            "nonce": self.nonce,
            "owner": self.owner.hex(),
            "policy": self.policy.to_json(),
            "machines": {name: digest.hex() for name, digest in self.machines.items()},
            "pending": self.pending.hex(),
        }
        if self.genesis is not None:
            values["cluster_id"] = self.genesis.digest.hex()  # for people; never read back
            values["genesis"] = self.genesis.to_json()
        return json.dumps(values, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Pin":
        """ValueError, KeyError or TypeError for text of another form."""
        values = json.loads(text)
        if values["version"] != VERSION:
            msg = "written by another version"
            raise ValueError(msg)
        genesis = values.get("genesis")
        return cls(
            cluster=values["cluster"],
            nonce=values["nonce"],
            owner=bytes.fromhex(values["owner"]),
            policy=SignedDocument.from_json(values["policy"]),
            machines={name: bytes.fromhex(d) for name, d in values["machines"].items()},
            pending=bytes.fromhex(values["pending"]),
            genesis=None if genesis is None else SignedDocument.from_json(genesis),
        )


def path_of(home: OwnerHome, cluster: str) -> Path:
    """The file of the pin of `cluster`."""
    return home.pins_directory / f"{cluster}.json"


def find(home: OwnerHome, cluster: str) -> Pin | None:
    """The pin of `cluster`, None if there is none; UserError CLU-005 if it is unreadable."""
    path = path_of(home, cluster)
    try:
        return Pin.from_json(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise UserError("CLU-005", f"{path} cannot be read: {exc}") from exc


def require(home: OwnerHome, cluster: str) -> Pin:
    """The pin of `cluster`; UserError CLU-005 if there is none: a missing expectation refuses."""
    pin = find(home, cluster)
    if pin is None:
        raise UserError("CLU-005", f"`{cluster}`: {path_of(home, cluster)} does not exist")
    return pin


def save(home: OwnerHome, pin: Pin) -> None:
    """Record `pin`."""
    home.write(path_of(home, pin.cluster), pin.to_json().encode())


def remove(home: OwnerHome, cluster: str) -> None:
    """Forget the pin of `cluster`, if there is one, and what a killed `save` left of it."""
    path = path_of(home, cluster)
    for draft in path.parent.glob(f".{path.name}.*"):
        draft.unlink(missing_ok=True)
    path.unlink(missing_ok=True)
