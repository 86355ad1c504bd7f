"""Trust anchors as rows and documents."""

from asterism.attestation.anchors import EMULATED, Anchor

HEADER = ("FOR", "NAME", "LABEL", "SHA-256 OR KEY")


def row(anchor: Anchor) -> tuple[str, str, str, str]:
    """One line; the fingerprint is whole, because it is there to be compared."""
    label = EMULATED if anchor.emulated else "-"
    return (anchor.format.value, anchor.common_name, label, anchor.fingerprint)


def release_row(key: bytes) -> tuple[str, str, str, str]:
    """One line for a key that signs reference values of images."""
    return ("image", "release key (Ed25519)", "-", key.hex())


def document(anchor: Anchor) -> dict[str, object]:
    """The anchor for programs."""
    return {
        "format": anchor.format.value,
        "name": anchor.common_name,
        "sha256": anchor.fingerprint,
        "emulated": anchor.emulated,
    }
