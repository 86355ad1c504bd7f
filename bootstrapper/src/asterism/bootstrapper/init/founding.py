"""How a genesis comes to be, and how an interrupted init finds the same one again."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from asterism import clock
from asterism.attestation.grant import Role
from asterism.bootstrapper import durable
from asterism.bootstrapper.authorities import Authorities
from asterism.bootstrapper.machine_identity import Machine
from asterism.errors import AttestationError, Mismatch, ProvisionError, UserError
from asterism.keys.documents import Kind, Signature, SignedDocument, signed_bytes
from asterism.keys.genesis import AUTHORITY_NAMES, FirstNode, Genesis

FILE = "founding.json"
AUTHORITIES = "authorities"
RANDOM_SIZE = 32


@dataclass(frozen=True, slots=True)
class Founding:
    """The genesis of this machine's cluster, unsigned, and names the owner wants for the API."""

    genesis: Genesis
    api_names: tuple[str, ...]
    authorities: Authorities

    def accept(self, owners: Collection[bytes], key: bytes, signature: bytes) -> SignedDocument:
        """The signed genesis; AttestationError JOI-203 or DOC-00x for another signature."""
        if key not in owners:
            expected = " or ".join(sorted(owner.hex() for owner in owners))
            raise AttestationError.of(
                "JOI-203", claim="genesis key", expected=expected, got=key.hex(), source="initdata"
            )
        payload = self.genesis.encode()
        signed = Signature(key, signature)
        signed.verify(signed_bytes(Kind.GENESIS, payload))
        return SignedDocument(payload, (signed,))


def found(machine: Machine, directory: Path, api_names: tuple[str, ...]) -> Founding:
    """This machine's founding: the one begun earlier, or a new one, durable before it is shown.

    UserError JOI-201 unless the owner granted this machine the role of a control plane.
    """
    if machine.grant.role is not Role.CONTROL_PLANE:
        raise UserError("JOI-201", f"{machine.grant.slot} is granted as a {machine.grant.role}")
    earlier = load(directory)
    if earlier is not None:
        return earlier
    authorities = Authorities.create(machine.grant.cluster, at=clock.now())
    founding = Founding(_genesis(machine, authorities), api_names, authorities)
    save(founding, directory)
    return founding


def load(directory: Path) -> Founding | None:
    """What an earlier run saved, None if there was none.

    ProvisionError JOI-501 if broken, AttestationError JOI-505 for authorities that the genesis
    does not name: whoever could put his own there would be every user of the API.
    """
    value = durable.read_json(directory / FILE)
    if value is None:
        return None
    try:
        genesis = Genesis.decode(value["genesis"].encode())
        names = tuple(str(name) for name in value["api_names"])
    except (KeyError, AttributeError, TypeError, ValueError) as exc:
        raise ProvisionError("JOI-501", f"broken founding: {exc!r}") from exc
    authorities = Authorities.load(directory / AUTHORITIES)
    _require_own(genesis, authorities)
    return Founding(genesis, names, authorities)


def save(founding: Founding, directory: Path) -> None:
    """Authorities first: the file that names them makes the founding complete."""
    founding.authorities.save(directory / AUTHORITIES)
    value = {"genesis": founding.genesis.encode().decode(), "api_names": list(founding.api_names)}
    durable.write_json(directory / FILE, value)


def _require_own(genesis: Genesis, authorities: Authorities) -> None:
    found, named = authorities.certificates(), genesis.authorities
    checks = [(name, getattr(named, name), getattr(found, name)) for name in AUTHORITY_NAMES]
    checks.append(("trust key", genesis.trust_key.hex(), authorities.trust_public.hex()))
    wrong = [
        Mismatch("JOI-505", f"authority on the state disk: {name}", named_one, got, "genesis")
        for name, named_one, got in checks
        if named_one != got
    ]
    if wrong:
        raise AttestationError(wrong)


def _genesis(machine: Machine, authorities: Authorities) -> Genesis:
    return Genesis(
        cluster=machine.grant.cluster,
        authorities=authorities.certificates(),
        trust_key=authorities.trust_public,
        owners=machine.initdata.owners,
        threshold=1,
        policy_digest=machine.initdata.policy.digest,
        policy_epoch=machine.policy.epoch,
        first_node=FirstNode(machine.grant.slot, machine.chip, machine.ak_name),
        random=clock.random_bytes(RANDOM_SIZE),
    )
