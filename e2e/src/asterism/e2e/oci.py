"""A container image of a few hundred bytes, made from nothing, to bring into a cluster.

The archive is an OCI image layout (image-spec v1.1, image-layout.md) in a tar file. Its one program
is a static x86-64 ELF of two system calls, so no compiler, registry or base image is needed.
"""

import hashlib
import io
import json
import struct
import tarfile
from pathlib import Path

_LOAD_ADDRESS = 0x400000
_HEADERS = 64 + 56  # ELF header and one program header


def greeter(message: str) -> bytes:
    """An ELF program that writes `message` to standard output, then waits for a signal.

    Layout: ELF-64 header, one PT_LOAD segment that maps the whole file, code, message.
    """
    text = message.encode()
    code = _greeter_code(len(text))
    size = _HEADERS + len(code) + len(text)
    entry = _LOAD_ADDRESS + _HEADERS
    elf = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01", 2, 62, 1, entry, 64, 0, 0, 64, 56, 1, 0, 0, 0,
    )  # fmt: skip
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _LOAD_ADDRESS, _LOAD_ADDRESS, size, size, 0x1000)
    return elf + segment + code + text


def _greeter_code(length: int) -> bytes:
    write = (
        b"\xb8\x01\x00\x00\x00"  # mov eax, 1 (write)
        b"\xbf\x01\x00\x00\x00"  # mov edi, 1
        b"\x48\x8d\x35" + struct.pack("<i", 5 + 2 + 5 + 2 + 2)  # lea rsi, [rip + to the message]
        + b"\xba" + struct.pack("<I", length)  # mov edx, length
        + b"\x0f\x05"  # syscall
    )  # fmt: skip
    pause = b"\xb8\x22\x00\x00\x00\x0f\x05\xeb\xf7"  # mov eax, 34 (pause); syscall; jmp back
    return write + pause


def write_archive(path: Path, *, name: str, programs: dict[str, bytes], start: str) -> None:
    """An image `name` (with tag) that holds `programs` by path and starts `start`."""
    layer = _layer(programs)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": [start]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
        }
    ).encode()
    entry = _descriptor("application/vnd.oci.image.manifest.v1+json", manifest)
    entry["annotations"] = {"io.containerd.image.name": name}
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    for blob in (layer, config, manifest):
        files[f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}"] = blob
    path.write_bytes(_tar(files, mode=0o644))


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _layer(programs: dict[str, bytes]) -> bytes:
    return _tar({path.lstrip("/"): content for path, content in programs.items()}, mode=0o755)


def _tar(files: dict[str, bytes], *, mode: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), mode
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
