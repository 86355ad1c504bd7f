"""MCH-*: machine provider, firmware, emulated hardware, host socket."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

# MCH-1xx: TPM, measurement and the emulated hardware.
_HARDWARE: tuple[Entry, ...] = (
    Entry(
        "MCH-101",
        "the TPM cannot be reached",
        "Nothing answers on the TPM's socket, or it closed the connection in the middle.",
        "See whether the machine runs: its swtpm ends with it. Its log says why it ended.",
    ),
    Entry(
        "MCH-102",
        "the TPM refused a command",
        "The TPM answered with an error code; its name is shown.",
        "A TPM that refuses ordinary commands has damaged state: delete and recreate the machine.",
    ),
    Entry(
        "MCH-103",
        "malformed TPM structure",
        "Bytes that should be a TPM structure are too short, too long, or of another kind.",
        "If it came from a peer, the peer is at fault; if from the own TPM, recreate the machine.",
    ),
    Entry(
        "MCH-104",
        "the TPM has no endorsement certificate",
        "A TPM is certified by its maker when it is made; this one holds no certificate.",
        "Its manufacture was interrupted: delete and recreate the machine.",
    ),
    Entry(
        "MCH-105",
        "the TPM was reset under a running node (TPM_RESET_DETECTED)",
        "The counters in the TPM's quote are not those of the node's boot: its host restarted the "
        "TPM, whose registers can now be told any history. The node refuses to prove anything and "
        "powers itself off.",
        "Do not trust that host before you know why. `asterism cluster create NAME` starts the "
        "machine again, measured anew.",
        ExitCode.ATTESTATION_REFUSED,
    ),
    Entry(
        "MCH-110",
        "malformed event log",
        "The firmware's event log does not follow the TCG format to the byte.",
        "If it came from a peer, the peer is at fault. A log is never repaired, only refused.",
    ),
    Entry(
        "MCH-111",
        "malformed kernel image",
        "The file is not a PE image, or not a unified kernel image with the sections it needs.",
        "Build the image again; the file is damaged or of another kind.",
    ),
    Entry(
        "MCH-112",
        "malformed image manifest",
        "The manifest of a node image lacks a field, has an unknown one, or one of the wrong form.",
        "Build or load the image again; a manifest is never repaired.",
    ),
    Entry(
        "MCH-113",
        "the launch cannot be measured",
        "The firmware image has no SEV metadata, or no page for the hashes of kernel and initrd.",
        "Use a firmware image that is made for confidential guests with measured direct boot.",
    ),
    Entry(
        "MCH-120",
        "the makers' store is not safe to use",
        "The store of the emulated makers' keys is readable by others or incomplete.",
        "Make it a directory of root with mode 0700, or move it away: a new one is then made, and "
        "its anchors have to be imported again.",
    ),
    Entry(
        "MCH-121",
        "launch parameters that no processor accepts",
        "The secure processor was given a parameter of a wrong size or a reserved policy bit.",
        "Correct the machine's specification.",
    ),
    Entry(
        "MCH-130",
        "the virtual TPM did not start",
        "swtpm ended, or did not open its socket in time; its last lines are shown.",
        "See whether swtpm is installed and the machine's directory writable.",
    ),
    Entry(
        "MCH-132",
        "the virtual TPM ended under a running machine",
        "The machine's swtpm was killed or crashed. Its registers are lost, and no other TPM can "
        "prove what runs, so the machine's power was cut.",
        "`asterism cluster create NAME` starts the machine again on its disk, measured anew. If it "
        "happens again, look at swtpm.log in the machine's directory.",
    ),
    Entry(
        "MCH-133",
        "the image of a running machine was changed",
        "The root file that the machine was measured from has other bytes now, so what the machine "
        "runs is not what it proves. Its power was cut.",
        "Find out who writes to the image's directory, build or load the image again, then "
        "`asterism cluster create NAME` starts the machine.",
        ExitCode.ATTESTATION_REFUSED,
    ),
    Entry(
        "MCH-134",
        "the state disk takes nothing more",
        "A node could not write its own state: its disk is full or broken. What was written before "
        "is whole.",
        "Free space where the machine's directory lies on its host; the node goes on by itself.",
    ),
    Entry(
        "MCH-131",
        "the machine's files are not those of its image",
        "The root file does not have the hash that the measured command line names.",
        "The image was altered after it was built: build or load it again.",
        ExitCode.ATTESTATION_REFUSED,
    ),
)

# MCH-0xx: providers, the life of a machine, the relay, provisioning.
_PROVIDERS: tuple[Entry, ...] = (
    Entry(
        "MCH-001",
        "machine specification refused",
        "A specification lacks a field, has one too many, or a value of the wrong form.",
        "Correct the named field; the form is in docs/design/parts.md.",
        ExitCode.CONFIG_INVALID,
    ),
    Entry(
        "MCH-002",
        "no such machine",
        "The cluster's state holds no machine of that name.",
        "`asterism cluster status NAME` lists the machines of a cluster.",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "MCH-003",
        "no such cluster network",
        "The cluster's network namespace is gone: the host was restarted, or it was deleted.",
        "`asterism cluster create NAME` starts the cluster again, on the disks it has.",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "MCH-004",
        "machine exists with another specification",
        "A machine of that name was created before, from another specification or initdata.",
        "Delete the machine first, or take another name.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "MCH-005",
        "machine did not start",
        "The machine's process or its init ended before the node was ready, or took too long.",
        "Read the shown end of its logs; all of them: `asterism node logs`.",
    ),
    Entry(
        "MCH-007",
        "image file missing",
        "The image's directory lacks a file that a machine boots from.",
        "Build or load the image again.",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "MCH-008",
        "image file changed while it was read",
        "Somebody wrote to the file between its measurement and its use.",
        "Stop what writes to the image's directory, then start the machine again.",
    ),
    Entry(
        "MCH-009",
        "disks cannot be attached yet",
        "This provider does not offer further disks for a machine yet.",
        "Use volumes inside the cluster.",
    ),
    Entry(
        "MCH-010",
        "network in use",
        "Machines of the cluster still run on the network that is to be deleted.",
        "Delete the cluster's machines first.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "MCH-011",
        "machine could not be ended",
        "Its processes outlive SIGKILL, or its control groups do not become empty.",
        "Look for processes in uninterruptible sleep, then repeat the command.",
    ),
    Entry(
        "MCH-012",
        "machine is already running",
        "Another process runs this machine.",
        "Stop the machine first.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "MCH-013",
        "relay port taken",
        "Another program listens on the port that the cluster's kubeconfig entry names.",
        "Stop that program, or delete the cluster.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "MCH-014",
        "relay did not start",
        "The relay's process ended before it answered.",
        "Read relay.log in the cluster's state directory.",
    ),
    Entry(
        "MCH-015",
        "provisioning failed",
        "Ansible ended without starting every machine, and no machine said why.",
        "Read the shown output; every host needs Asterism installed and must be reachable.",
    ),
    Entry(
        "MCH-016",
        "machine request refused",
        "The verb is unknown, or the request is not JSON of the expected form.",
        "Use the same version of Asterism on all hosts.",
        ExitCode.USAGE,
    ),
    Entry(
        "MCH-019",
        "machine does not run",
        "The machine was stopped, it ended, or its host was restarted. If it failed, the ID of the "
        "failure is shown.",
        "`asterism explain ID` tells about the failure. `asterism cluster create NAME` starts "
        "every machine of the cluster that does not run, on its own disk.",
    ),
    Entry(
        "MCH-018",
        "node could not be built",
        "A mount, namespace or device of the node was refused by the kernel.",
        "`asterism doctor` checks what the host must offer.",
    ),
)

ENTRIES: tuple[Entry, ...] = (*_PROVIDERS, *_HARDWARE)
