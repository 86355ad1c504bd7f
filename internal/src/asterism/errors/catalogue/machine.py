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
        "MCH-131",
        "the machine's files are not those of its image",
        "The root file does not have the hash that the measured command line names.",
        "The image was altered after it was built: build or load it again.",
    ),
)

ENTRIES: tuple[Entry, ...] = (*_HARDWARE,)
