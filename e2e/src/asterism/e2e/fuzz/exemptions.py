"""Readers that are no targets, each with the reason."""

_PARTS = "only hands on to readers that are targets"
_OWN = "reads what root's own programs or this project wrote, never a stranger"
_OPENS = "opens a file or a connection; what comes out of it is read elsewhere"

EXEMPT: dict[str, str] = {
    "asterism.atls.verifier.Verifier.verify": "a protocol class",
    "asterism.attestation.tpm.key.read": _PARTS,
    "asterism.attestation.tpm.quote.authenticate_by": _PARTS,
    "asterism.bootstrapper.admin.image_load.load": "the archive is parsed by containerd alone",
    "asterism.bootstrapper.authorities.Authorities.load": _PARTS,
    "asterism.bootstrapper.init.founding.load": _PARTS,
    "asterism.bootstrapper.networking.parse_address": _OWN,
    "asterism.cluster.config_file.load_argument": _PARTS,
    "asterism.cluster.load.load": "sends the archive on, unread",
    "asterism.cluster.machine_verifier.MachineVerifier.verify": _PARTS,
    "asterism.cluster.saved_evidence.SavedEvidence.read": _PARTS,
    "asterism.cluster.session.open_session": _OPENS,
    "asterism.images.locks.from_checksums": _OWN,
    "asterism.images.locks.parse": _OWN,
    "asterism.keys.owner.OwnerKey.load_or_create": _PARTS,
    "asterism.machine.makers.store.Identity.decode": _OWN,
    "asterism.measurement.uki.Uki.read": _PARTS,
}
