"""TLS-*: attested sessions: handshake, hello, binder, purposes."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

REFUSED = ExitCode.ATTESTATION_REFUSED

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "TLS-001",
        "the attested session was used out of order",
        "Our own code called the session's protocol in an order that the protocol does not have.",
        "This is a bug: please report it with the support bundle.",
    ),
    Entry(
        "TLS-002",
        "the exporter was read before the TLS handshake was complete",
        "Key material exported early would not be bound to the peer's certificate.",
        "This is a bug: please report it with the support bundle.",
    ),
    Entry(
        "TLS-003",
        "the TLS handshake failed",
        "The peer does not speak TLS 1.3 with a client certificate and the protocol asterism/1, "
        "or something on the way changed the bytes.",
        "Check that the address is that of an attest port and that no proxy ends TLS on the way.",
    ),
    Entry(
        "TLS-004",
        "the connection was cut",
        "The peer, or someone on the way, ended the connection without saying good-bye.",
        "Try again; the peer's log says whether it ended the session, and why.",
    ),
    Entry(
        "TLS-005",
        "the attested session was not ready in time",
        "The peer did not finish the handshake before its deadline.",
        "Check that the machine runs and is not overloaded, then try again.",
        ExitCode.TIMEOUT,
    ),
    Entry(
        "TLS-006",
        "the peer cannot be reached",
        "No connection to the address could be made.",
        "Check that the machine and the cluster's relay run: `asterism cluster status`.",
    ),
    Entry(
        "TLS-007",
        "the session is closed",
        "The session was used after one of its sides had closed it.",
        "Open a new session; the log says why the old one ended.",
    ),
    Entry(
        "TLS-010",
        "a session message is too large",
        "The peer announced a message above the limit of its kind.",
        "Check that both sides run the same version of Asterism.",
    ),
    Entry(
        "TLS-011",
        "a session message is malformed",
        "The peer sent bytes that are not the one valid encoding of a message.",
        "Check that both sides run the same version of Asterism.",
    ),
    Entry(
        "TLS-012",
        "a session message came out of order",
        "The peer sent a message, or data, at a point where the protocol has none.",
        "Check that both sides run the same version of Asterism.",
    ),
    Entry(
        "TLS-013",
        "the peer speaks another version of the session protocol",
        "Its hello names a version that this side does not know.",
        "Bring both sides to the same version of Asterism.",
    ),
    Entry(
        "TLS-020",
        "the peer says the wrong role",
        "A listener said hello as a dialler or the reverse: its message may have been reflected.",
        "Check what lies between the two sides; a genuine peer never does this.",
        REFUSED,
    ),
    Entry(
        "TLS-021",
        "the purpose is not served here",
        "The dialler asked for a purpose that this side does not offer, or not now.",
        "A node offers init only before it belongs to a cluster, and the others only after.",
        REFUSED,
    ),
    Entry(
        "TLS-022",
        "the peer answered for another purpose",
        "The listener's hello names a purpose other than the one that was asked for.",
        "Check what lies between the two sides; a genuine peer never does this.",
        REFUSED,
    ),
    Entry(
        "TLS-023",
        "the peer's nonce is not fresh",
        "The nonce in its hello is not 32 bytes, or is our own sent back.",
        "Check what lies between the two sides; a genuine peer never does this.",
        REFUSED,
    ),
    Entry(
        "TLS-024",
        "the peer proves itself in the wrong way",
        "The purpose asks for another kind of proof from that side, e.g. evidence.",
        "Only machines in a TEE can show evidence; owners sign, and only `verify` is anonymous.",
        REFUSED,
    ),
    Entry(
        "TLS-025",
        "the attestation key is not the one that was announced",
        "The evidence was made with an attestation key other than the one in the hello.",
        "Check what lies between the two sides; a genuine peer never does this.",
        REFUSED,
    ),
    Entry(
        "TLS-026",
        "the owner is not known here",
        "The owner proved a key that is not among the owners of this node or cluster.",
        "Use the owner key with which the cluster was created, or have its owners add yours.",
        REFUSED,
    ),
    Entry(
        "TLS-027",
        "no expectation to verify the peer against",
        "Owner keys, policy or cluster that the peer must match were not given to the verifier.",
        "Without an expectation every peer is refused; check the node's initdata.",
        REFUSED,
    ),
    Entry(
        "TLS-028",
        "the peer's TLS certificate is not acceptable",
        "It is not one self-signed certificate with a P-256 key.",
        "Check that the address is that of an attest port of this version of Asterism.",
        REFUSED,
    ),
    Entry(
        "TLS-029",
        "the peer refused this side",
        "The peer gave a reason that this version does not know.",
        "Read the log of the peer: it holds the whole reason.",
        REFUSED,
    ),
    Entry(
        "TLS-030",
        "the peer is not of the kind that this call needs",
        "A call asked for the claims of a node, or of an owner, and the peer is something else.",
        "Open a session of the purpose that the call belongs to.",
        REFUSED,
    ),
    Entry(
        "TLS-031",
        "the process on the bridge's socket is not this one",
        "Another process connected to the private socket between gRPC and the session.",
        "Find out which process did: only root and this user can reach that socket.",
        REFUSED,
    ),
    Entry(
        "TLS-032",
        "a call outside of any attested session",
        "The call reached the gRPC socket without passing through a session of this process.",
        "Calls are possible through an attested session only.",
        REFUSED,
    ),
    Entry(
        "TLS-033",
        "the session's purpose does not allow this call",
        "Each purpose has its own list of methods, and this one is not on it.",
        "Open a session of the purpose that the call belongs to.",
        REFUSED,
    ),
    Entry(
        "TLS-040",
        "a connection does not begin with a TLS client hello",
        "The first bytes are not a well-formed TLS record with a client hello.",
        "Check what connects to the port; a port scanner also causes this.",
    ),
)
