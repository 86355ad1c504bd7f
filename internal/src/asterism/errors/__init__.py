"""The one error tree of Asterism and what every refusal says. No I/O, no texts of single errors.

    Error                     any failure that we foresaw; carries a stable ID from the catalogue
    |-- UserError             the caller can mend it: arguments, configuration, state, host
    |-- AttestationError      evidence, policy or binding refused; carries every mismatch found
    |-- ProtocolError
    |   |-- LocalProtocolError    we called our own protocol out of order
    |   `-- RemoteProtocolError   the peer broke the protocol
    |-- PeerRefusedError      the peer refused us; it names only the ID
    |-- ProvisionError        a machine, image or cluster could not be brought to the wanted state
    `-- InternalError         a bug of ours

Texts, causes, hints and exit codes live in `asterism.errors.catalogue`, one entry for each ID.
"""

from asterism.errors.exit_codes import ExitCode
from asterism.errors.system import from_os
from asterism.errors.tree import (
    AttestationError,
    Error,
    InternalError,
    LocalProtocolError,
    Mismatch,
    PeerRefusedError,
    ProtocolError,
    ProvisionError,
    RemoteProtocolError,
    UserError,
)

__all__ = [
    "AttestationError",
    "Error",
    "ExitCode",
    "InternalError",
    "LocalProtocolError",
    "Mismatch",
    "PeerRefusedError",
    "ProtocolError",
    "ProvisionError",
    "RemoteProtocolError",
    "UserError",
    "from_os",
]
