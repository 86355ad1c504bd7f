"""What a node remembers of being a member: public facts only, on the state disk.

Nothing here is believed because it lies there: documents carry the owner's signature, and PCR 15
says which cluster this machine is bound to in this life.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from asterism.bootstrapper import durable
from asterism.bootstrapper.assignment import Assignment
from asterism.errors import ProvisionError
from asterism.keys.documents import SignedDocument
from asterism.keys.genesis import Genesis

FILE = "membership.json"


@dataclass(frozen=True, slots=True)
class Membership:
    """This node's cluster (signed genesis), the policy in force there, and this node's place."""

    genesis: SignedDocument
    policy: SignedDocument
    assignment: Assignment
    api_server: str

    def open_genesis(self, owners: Collection[bytes]) -> Genesis:
        """The genesis, if one of `owners` signed it; AttestationError DOC-00x otherwise."""
        return Genesis.open(self.genesis, owners)

    def save(self, directory: Path) -> None:
        """To the state disk, durably."""
        durable.write_json(
            directory / FILE,
            {
                "genesis": self.genesis.encode().decode(),
                "policy": self.policy.encode().decode(),
                "assignment": self.assignment.to_json(),
                "api_server": self.api_server,
            },
        )

    @classmethod
    def load(cls, directory: Path) -> "Membership | None":
        """From the state disk, None before the first join; ProvisionError JOI-501 if broken."""
        value = durable.read_json(directory / FILE)
        if value is None:
            return None
        try:
            return cls(
                SignedDocument.decode(value["genesis"].encode()),
                SignedDocument.decode(value["policy"].encode()),
                Assignment.from_json(value["assignment"]),
                str(value["api_server"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
            raise ProvisionError("JOI-501", f"broken membership: {exc!r}") from exc
