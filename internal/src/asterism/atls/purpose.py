"""What a session is for: who dials, what each side must show, and what may be called in it.

Architecture, section 5. Data only: a rule that is not in `RULES` does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType


class Purpose(StrEnum):
    """What the dialler wants; the value is the name said in the hello and bound into the proof."""

    INIT = "init"
    ADMIN = "admin"
    VERIFY = "verify"
    RECOVER = "recover"
    JOIN = "join"
    REJOIN = "rejoin"
    RENEW = "renew"
    KEY_RELEASE = "key-release"
    MESH = "mesh"


class Role(IntEnum):
    """A side of a session; the value is `asterism.session.v1.Role`."""

    DIALLER = 1
    LISTENER = 2

    @property
    def other(self) -> "Role":
        """The role across the wire."""
        return Role.LISTENER if self is Role.DIALLER else Role.DIALLER


class ProofKind(StrEnum):
    """How a side proves itself; the value is the field's name in `asterism.session.v1.Proof`."""

    EVIDENCE = "evidence"
    OWNER = "owner"
    ANONYMOUS = "anonymous"


class Pcr15(Enum):
    """What PCR 15 of a side that shows evidence must hold (docs/design/parts.md, "Binding")."""

    ZERO_OR_CLUSTER = "not in any cluster yet, or resuming in the one that the verifier knows"
    CLUSTER = "in the one cluster that the verifier knows"
    SOME_CLUSTER = (
        "in a cluster: which one, the verifier learns later from the genesis and compares with the "
        "claims; once it knows a cluster, it must be that one"
    )


@dataclass(frozen=True, slots=True)
class Side:
    """What one side of a session must show; `pcr15` is set exactly where it shows evidence."""

    proof: ProofKind
    pcr15: Pcr15 | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """One row of the table: both sides, and the gRPC methods that the dialler may call.

    An item of `may_call` is a full method name, or a service's prefix when it ends with a slash.
    """

    dialler: Side
    listener: Side
    may_call: tuple[str, ...]

    def side(self, role: Role) -> Side:
        """The rules for the side `role`."""
        return self.dialler if role is Role.DIALLER else self.listener

    def allows(self, method: str) -> bool:
        """Whether the dialler may call the gRPC method `/package.Service/Method`."""
        return any(
            method.startswith(item) if item.endswith("/") else method == item
            for item in self.may_call
        )


_OWNER = Side(ProofKind.OWNER)
_NEW_NODE = Side(ProofKind.EVIDENCE, Pcr15.ZERO_OR_CLUSTER)
_MEMBER = Side(ProofKind.EVIDENCE, Pcr15.CLUSTER)
_UNKNOWN_MEMBER = Side(ProofKind.EVIDENCE, Pcr15.SOME_CLUSTER)

_BOOTSTRAP = "/asterism.bootstrap.v1.Bootstrap/"
_ADMIN = "/asterism.admin.v1.Admin/"
_VERIFY = "/asterism.admin.v1.Verify/"
_RECOVERY = "/asterism.recovery.v1.Recovery/"
_TRUST = "/asterism.trust.v1.Trust/"
_KEYS = "/asterism.keys.v1.Keys/"

RULES: Mapping[Purpose, Rules] = MappingProxyType(
    {
        Purpose.INIT: Rules(_OWNER, _NEW_NODE, (_BOOTSTRAP,)),
        Purpose.ADMIN: Rules(_OWNER, _MEMBER, (_ADMIN, _VERIFY)),
        Purpose.VERIFY: Rules(Side(ProofKind.ANONYMOUS), _MEMBER, (_VERIFY,)),
        Purpose.RECOVER: Rules(_OWNER, _MEMBER, (_RECOVERY,)),
        Purpose.JOIN: Rules(_NEW_NODE, _UNKNOWN_MEMBER, (f"{_TRUST}Join",)),
        Purpose.REJOIN: Rules(_MEMBER, _MEMBER, (_TRUST,)),
        Purpose.RENEW: Rules(_MEMBER, _MEMBER, (_TRUST,)),
        Purpose.KEY_RELEASE: Rules(_MEMBER, _MEMBER, (_KEYS,)),
        Purpose.MESH: Rules(_MEMBER, _MEMBER, ()),
    }
)
"""The table. Mesh sessions carry packets, so nothing may be called in them."""
