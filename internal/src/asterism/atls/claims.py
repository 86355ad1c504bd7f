"""What a session has proven about its peer. Authorisation looks only at this."""

from dataclasses import dataclass

from asterism.atls.purpose import Purpose, Role
from asterism.attestation.claims import Claims, NodeClaims, OwnerClaims
from asterism.errors import AttestationError


@dataclass(frozen=True, slots=True)
class SessionClaims:
    """The peer of one session: for which purpose, in which role, and who it is."""

    purpose: Purpose
    role: Role
    """The peer's role, not ours."""
    subject: Claims

    @property
    def node(self) -> NodeClaims:
        """The peer as a node; AttestationError TLS-030 if it is none."""
        if isinstance(self.subject, NodeClaims):
            return self.subject
        raise self._other_kind("a node")

    @property
    def owner(self) -> OwnerClaims:
        """The peer as an owner; AttestationError TLS-030 if it is none."""
        if isinstance(self.subject, OwnerClaims):
            return self.subject
        raise self._other_kind("an owner")

    def _other_kind(self, wanted: str) -> AttestationError:
        return AttestationError.of(
            "TLS-030",
            claim="peer",
            expected=wanted,
            got=type(self.subject).__name__,
            source="session",
        )
