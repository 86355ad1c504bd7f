"""The roots that an owner may choose to trust: what `asterism trust import --emulated` reads."""

from cryptography.hazmat.primitives.serialization import Encoding

from asterism.machine.makers.amd import ChipMaker
from asterism.machine.makers.store import MakerStore
from asterism.machine.makers.tpm import TpmMaker


def export_anchors(store: MakerStore | None = None) -> dict[str, bytes]:
    """Give the roots as PEM: `snp` is the ARK, `tpm` the root of EK certificates.

    Makes the makers on first use (about two seconds for RSA-4096).
    """
    store = store or MakerStore()
    return {
        "snp": ChipMaker(store).ark.certificate.public_bytes(Encoding.PEM),
        "tpm": TpmMaker(store).root.certificate.public_bytes(Encoding.PEM),
    }
