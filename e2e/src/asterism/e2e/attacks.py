"""The catalogue of attacks: every row that the engine must refuse, in our words.

IDs are stable. Which tests try a row is not written here: tests carry the row's ID as a marker, and
`asterism.e2e.attack_map` collects them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

POWERS = MappingProxyType(
    {
        "N": "network: every wire between owner and machines",
        "H": "host: its root, disks, processes and emulated hardware, but not a node's memory",
        "T": "tenant: a pod in the cluster",
        "O": "operator: somebody with rights in the cluster, or one of several owners",
        "P": "peer: a genuine confidential machine that means ill",
        "K": "key thief: a private key of TLS that leaked",
    }
)
"""What an attacker may have, by the letter that rows name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One attack: its ID, the powers it takes, and what is tried."""

    identity: str
    powers: str
    title: str


WANTED = frozenset(
    [f"A{number:02}" for number in range(1, 17)]
    + ["V02", "V03", "V05", "V07", "V08", "V09", "V13", "V14", "V15"]
    + ["J01", "J02", "J05", "J07", "J08", "J09", "J11", "J12", "L10", "P07", "T01"]
)
"""Rows that must have an attack test and a twin today; the others are planned."""


def _rows(text: str) -> tuple[Row, ...]:
    """One row a line: ID, powers, title."""
    return tuple(Row(*line.split(maxsplit=2)) for line in text.strip().splitlines())


SECTIONS: Mapping[str, tuple[Row, ...]] = MappingProxyType(
    {
        "Sessions and evidence": _rows("""
A01 NK With a stolen TLS key, relay the evidence of a genuine machine (CVE-2026-33697)
A02 N  Take the exporter of a TLS session before its handshake is complete
A03 NP Lead a verifier to another genuine machine than the one it asked for
A04 N  Leave the expected value empty, so that nothing is compared
A05 N  Show evidence made for something else to a verifier that compares it with nothing
A06 N  Put old evidence beside a fresh binder
A07 N  Replay evidence of an earlier session
A08 N  Send a peer's own proof back to it, or play the other role
A09 N  Downgrade TLS, or resume a session instead of proving anything
A10 N  Connect without a certificate, or with one that no evidence stands behind
A11 O  Misspell a setting, so that the rule it should state is not applied
A12 NH Answer the owner's commands with another genuine cluster
A13 NH Supply a verdict from outside in place of the verifier's own
A14 PT Ask for a certificate of another's name
A15 N  Hold hundreds of connections open without ever proving anything
A16 T  Have a node make evidence for a session of the attacker's
"""),
        "Verification": _rows("""
V01 H  Sign a quote with a quoting enclave of no known identity
V02 NH Change a byte of evidence and hope that an error is taken for a success
V03 P  Quote no registers, others, or those of a weaker bank
V04 H  Rewrite the texts of an event log whose final registers stay as they were
V05 H  Change what a register measures that the policy might not look at
V06 P  Join the registers of one quote to the binder of another
V07 H  Measure nothing: registers or digests that are all zero
V08 H  Launch the guest so that the host may debug it
V09 H  Run on firmware older than the floor, or report other versions than were signed
V10 H  Use a revoked key, or collateral that is out of date
V11 H  Alias memory through a forged module description (BadRAM)
V12 H  Put hardware between processor and memory
V13 H  Have the host name the root of trust
V14 T  Ask for a report at a lower privilege level
V15 H  Boot the right image with other initdata, or with none
V16 H  Inject ACPI code for the guest's kernel to run (BadAML)
V17 H  Shorten or pad a digest until it fits
V18 N  Confuse the algorithm of a token
V19 N  Find two readings of one encoding
"""),
        "Enrolment, joining, identity": _rows("""
J01 HP Ask for a place in the cluster with another image
J02 NT Use a stolen credential of joining
J03 P  Register a known machine's identity again, with another TPM
J04 P  Answer an enrolment's challenge without the key
J05 P  Show a software key as an attestation key
J06 P  Mix certificate and key of two endorsement keys
J07 P  Be the first to register
J08 HP Take a machine of one cluster into another
J09 H  Start a second machine with a member's grant
J10 P  Come back after an eviction
J11 N  Sit between the owner and the first machine
J12 HP Join as a control plane with the grant of a worker
J13 H  Let attestation stop without a sound
J14 P  Give a node labels that only the control plane may give
"""),
        "TPM and platform": _rows("""
T01 H  Reset the TPM under a running node and measure what fits
T02 H  Change answers on the wires of the TPM
T03 H  Resume from suspension without the registers
T04 H  Bring back an old state of the TPM
T05 H  Swap the disk for one of the attacker's
T06 P  Forge in a weak bank of registers
T07 P  Use an older, weaker policy of the TPM
T08 H  Have the boot fail into a rescue shell
T09 H  Pass settings to the boot through firmware tables
"""),
        "Storage": _rows("""
S01 H  Name a null cipher in the key slot of a volume's header
S02 H  Name a null cipher for a volume's data
S03 H  Map part of a volume in clear, or with another geometry
S04 H  Swap the header between check and use
S05 H  Bring back an older header
S06 H  Add a key slot of the attacker's
S07 H  Bring back an older copy of a volume
S08 H  Move, copy or cut blocks
S09 H  Flip a bit of a block
S10 O  Find two volumes under one key
S11 PT Ask for the key of another's volume
S12 H  Look for plaintext left on the host
S13 H  Open a deleted volume with old backups
S14 H  Cut the power until the freshness check loses honest data
S15 T  Reach the kernel's crypto interface from a container
S16 H  Corrupt a file system so that mounting it attacks the kernel
"""),
        "Keys, secrets, recovery": _rows("""
K01 N  Change the attestation policy without authority
K02 N  Recover a cluster with a seed of the attacker's
K03 H  Have recovery accept a sealed state of another time or cluster
K04 N  Crash a server with a short ciphertext
K05 H  Make a nonce repeat by bringing back an old state
K06 T  Ask for another workload's secret
K07 H  Forge a sealed secret
K08 H  Read the cluster's database from its disk
K09 HO Restore an old database
K10 O  Recover with too few shares, or forged ones
K11 O  Loosen the policy as one owner of several
K12 H  Lose every volume by restarting every trust service
K13 O  Write a policy whose conditions match anything
K14 H  Copy the token that holds a key
"""),
        "Pods, images, runtime": _rows("""
P01 T  Point a pod's annotation at settings of the runtime
P02 T  Mount over a path that the guest trusts
P03 H  Copy a file into a guest through a link
P04 H  Call methods of the agent that no policy names
P05 H  Have reading of initdata fail in the right place
P06 T  Unpack an image layer outside its root
P07 H  Change the root file of a node under its measured name
P08 N  Swap an image under its tag
P09 H  Swap the keys of encrypted layers
P10 T  Use the evidence of another pod
P11 HO Run a command in a pod, or read its output
P12 HO Change arguments or environment of a pod
P13 H  Answer a service's name with a pod of the attacker's
P14 T  Take over a trusted port from a privileged pod
P15 O  Deploy a manifest that is insecure by its settings
P16 P  Leave a guest for its host
"""),
        "Network": _rows("""
N01 N  Read plaintext on the wires
N02 N  Read the first packets before tunnels stand
N03 N  Reach pods and node ports from neighbours
N04 N  Inject packets with forged addresses
N05 N  Replay packets
N06 N  Find a protocol that goes around the tunnel
N07 T  Reach the host's metadata service
N08 N  Spoof a client's address
N09 K  Use a tunnel's key after its node was evicted
"""),
        "Lifecycle, release, log": _rows("""
L01 H  Boot an old release with known holes
L02 NO Poison the reference values
L03 HO Cut or fork the log
L04 H  Keep both ends of a migration alive
L05 H  Abort an upgrade half way
L06 O  Trip the verifier with an allowed update
L07 H  Set the clock
L08 H  Stop the leader under load
L09 N  Change a byte of an offline bundle
L10 H  Remove the word EMULATED from what is emulated
"""),
    }
)

ROWS: Mapping[str, Row] = MappingProxyType(
    {row.identity: row for rows in SECTIONS.values() for row in rows}
)
