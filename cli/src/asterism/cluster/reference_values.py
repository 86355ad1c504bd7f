"""Reference values that somebody answers for: signed by the owner, or by a release key he trusts.

The image's directory belongs to the host, so nothing in it is believed without such a signature.
On this computer `image build` signs with the computer's release key, which plays the publisher of
images, and with the key of the owner who builds.
"""

import json
from collections.abc import Collection
from pathlib import Path

from asterism.cluster.home import OwnerHome
from asterism.config import paths
from asterism.errors import AttestationError, UserError
from asterism.keys.canonical import JsonObject
from asterism.keys.documents import KEY_SIZE, Kind, SignedDocument
from asterism.keys.fields import Fields
from asterism.keys.owner import OwnerKey
from asterism.measurement.manifest import ImageManifest, ReferenceValues

FILE_NAME = "reference-values.json"
RELEASE_KEYS = "release.keys"
VERSION = 1


def release_key() -> OwnerKey:
    """The release key of this computer (root's), made at first use."""
    return OwnerKey.load_or_create(paths.STATE / "release")


def trusted_keys(home: OwnerHome) -> list[bytes]:
    """Keys whose signature under reference values the owner accepts beside his own.

    UserError FIL-006 for a file that holds anything else.
    """
    file = home.anchors_directory / RELEASE_KEYS
    if not file.exists():
        return []
    try:
        keys = [bytes.fromhex(line) for line in file.read_text().split()]
    except ValueError as exc:
        raise UserError("FIL-006", f"{file}: not a list of keys in hex: {exc}") from exc
    if any(len(key) != KEY_SIZE for key in keys):
        raise UserError("FIL-006", f"{file}: a key that has not {KEY_SIZE} bytes")
    return keys


def trust_key(home: OwnerHome, key: bytes) -> bool:
    """Accept `key` from now on; False if it was accepted before."""
    known = trusted_keys(home)
    if key in known:
        return False
    lines = "".join(f"{item.hex()}\n" for item in [*known, key])
    home.write(home.anchors_directory / RELEASE_KEYS, lines.encode())
    return True


def sign(directory: Path, signers: Collection[OwnerKey]) -> Path:
    """Sign what the manifest in `directory` states; gives the file that now says so.

    Signatures of others under the same values stay.
    """
    manifest = ImageManifest.from_json((directory / "manifest.json").read_bytes())
    document = SignedDocument.sign(Kind.REFERENCE_VALUES, _payload(manifest), signers)
    file = directory / FILE_NAME
    document = _with_earlier(document, file)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(document.encode())
    fresh.chmod(0o644)
    fresh.replace(file)
    return file


def open_signed(directory: Path, accepted: Collection[bytes]) -> ReferenceValues:
    """The values that one of `accepted` signed for exactly the image in `directory`.

    AttestationError CLU-012 when nothing is signed or for another image, DOC-00x when the
    signatures are others' or do not verify.
    """
    manifest = ImageManifest.from_json((directory / "manifest.json").read_bytes())
    try:
        document = SignedDocument.decode((directory / FILE_NAME).read_bytes())
    except FileNotFoundError:
        raise _refused("a signed document", f"no {FILE_NAME} in {directory}") from None
    payload = document.open(Kind.REFERENCE_VALUES, accepted)
    top = Fields(payload, "reference values", ("version", "image", "values"))
    top.version(VERSION)
    if top.text("image") != manifest.image_id:
        raise _refused(f"image {manifest.image_id}", f"image {top.text('image')}")
    return ReferenceValues.from_plain(top.object("values"))


def _with_earlier(document: SignedDocument, file: Path) -> SignedDocument:
    try:
        earlier = SignedDocument.decode(file.read_bytes())
    except (FileNotFoundError, AttestationError):
        return document
    if earlier.payload_bytes != document.payload_bytes:
        return document
    ours = {signature.key for signature in document.signatures}
    others = tuple(item for item in earlier.signatures if item.key not in ours)
    return SignedDocument(document.payload_bytes, (*document.signatures, *others))


def _payload(manifest: ImageManifest) -> JsonObject:
    values: JsonObject = json.loads(json.dumps(manifest.reference_values.to_plain()))
    return {"version": VERSION, "image": manifest.image_id, "values": values}


def _refused(expected: str, got: str) -> AttestationError:
    return AttestationError.of(
        "CLU-012",
        claim="reference values",
        expected=expected,
        got=got,
        source="the owner's key and trusted release keys",
    )
