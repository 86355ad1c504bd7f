"""The TPM commands that Asterism uses (TPM 2.0 library, part 3), as functions of a device.

Authorisation is always the empty password (TPM_RS_PW): the TPM belongs to one guest, and what must
not be possible is ruled out by attributes and by closing the platform hierarchy, not by passwords.
Every function raises TpmResponseError MCH-102 when the TPM refuses, and what the device raises.
"""

from dataclasses import dataclass

from asterism.tpm import responses
from asterism.tpm.constants import (
    DIGEST_SIZE,
    HASH_NAME,
    TRANSIENT_FIRST,
    Alg,
    Capability,
    Command,
    Handle,
)
from asterism.tpm.device import TpmDevice
from asterism.tpm.responses import TpmResponseError
from asterism.tpm.structures import (
    PcrSelection,
    Public,
    marshal_selections,
    read_selections,
)
from asterism.tpm.wire import Reader, TpmFormatError, tpm2b, u8, u16, u32

TAG_NO_SESSIONS = 0x8001
TAG_SESSIONS = 0x8002
STARTUP_CLEAR = 0x0000
NV_CHUNK = 512
"""Bytes for each NV_Read and NV_Write; TPM_PT_NV_BUFFER_MAX is never less."""
RETRIES = 10
_EMPTY_PASSWORD = u32(Handle.PASSWORD_SESSION) + tpm2b(b"") + u8(0) + tpm2b(b"")
_SIZE_OF_SIZE = 4


def startup(tpm: TpmDevice) -> None:
    """TPM2_Startup(CLEAR), which a TPM needs once after power-on. Done before is no error."""
    try:
        _execute(tpm, Command.STARTUP, parameters=u16(STARTUP_CLEAR))
    except TpmResponseError as exc:
        if exc.code != responses.INITIALIZE:
            raise


def shutdown(tpm: TpmDevice) -> None:
    """TPM2_Shutdown(CLEAR): an orderly end, so that no reset counts as an attack."""
    _execute(tpm, Command.SHUTDOWN, parameters=u16(STARTUP_CLEAR))


def pcr_extend(tpm: TpmDevice, pcr: int, digest: bytes, *, alg: Alg = Alg.SHA256) -> None:
    """TPM2_PCR_Extend of one bank: new value = H(old value || digest)."""
    digests = u32(1) + u16(alg) + digest
    _execute(tpm, Command.PCR_EXTEND, handles=(pcr,), authorised=1, parameters=digests)


def pcr_read(tpm: TpmDevice, pcrs: tuple[int, ...], *, alg: Alg = Alg.SHA256) -> dict[int, bytes]:
    """TPM2_PCR_Read, repeated until every one of `pcrs` has been read (at most 8 a command)."""
    values: dict[int, bytes] = {}
    while missing := tuple(sorted(set(pcrs) - values.keys())):
        selection = marshal_selections((PcrSelection(alg, missing),))
        reader = _execute(tpm, Command.PCR_READ, parameters=selection)
        reader.u32()  # pcrUpdateCounter
        selected = [pcr for bank in read_selections(reader) for pcr in bank.pcrs]
        digests = [reader.tpm2b() for _ in range(reader.u32())]
        if not selected or len(selected) != len(digests) or not set(selected) <= set(missing):
            raise TpmFormatError(
                f"the TPM gives no register {missing} in its {HASH_NAME[alg]} bank"
            )
        values.update(zip(selected, digests, strict=True))
    return values


def pcr_allocate(tpm: TpmDevice, alg: Alg) -> None:
    """TPM2_PCR_Allocate: from the next start on, only the bank of `alg` exists."""
    every, none = tuple(range(24)), ()
    banks = tuple(PcrSelection(bank, every if bank == alg else none) for bank in DIGEST_SIZE)
    parameters = marshal_selections(banks)
    reader = _execute(
        tpm, Command.PCR_ALLOCATE, handles=(Handle.PLATFORM,), authorised=1, parameters=parameters
    )
    if reader.u8() != 1:
        raise TpmFormatError(f"the TPM cannot allocate a {HASH_NAME[alg]} bank")


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """A key in the TPM: its transient handle, TPMT_PUBLIC and name."""

    handle: int
    public: Public
    name: bytes


def create_primary(tpm: TpmDevice, hierarchy: Handle, template: Public) -> LoadedKey:
    """TPM2_CreatePrimary: the key that hierarchy's seed and `template` always give."""
    sensitive = tpm2b(tpm2b(b"") + tpm2b(b""))
    outside_info, creation_pcrs = tpm2b(b""), marshal_selections(())
    parameters = sensitive + tpm2b(template.marshal()) + outside_info + creation_pcrs
    code = Command.CREATE_PRIMARY
    handle, reader = _execute_handle(tpm, code, handles=(hierarchy,), parameters=parameters)
    public = Public.parse(reader.tpm2b())
    return LoadedKey(handle, public, public.name())


def read_public(tpm: TpmDevice, handle: int) -> LoadedKey:
    """TPM2_ReadPublic of a loaded key; its name is recomputed, not believed."""
    reader = _execute(tpm, Command.READ_PUBLIC, handles=(handle,))
    public = Public.parse(reader.tpm2b())
    return LoadedKey(handle, public, public.name())


def quote(
    tpm: TpmDevice, key: int, qualifying_data: bytes, selection: PcrSelection
) -> tuple[bytes, bytes]:
    """TPM2_Quote with the key's own scheme. Gives TPMS_ATTEST and TPMT_SIGNATURE as bytes."""
    parameters = tpm2b(qualifying_data) + u16(Alg.NULL) + marshal_selections((selection,))
    reader = _execute(tpm, Command.QUOTE, handles=(key,), authorised=1, parameters=parameters)
    return reader.tpm2b(), reader.rest()


def flush_context(tpm: TpmDevice, handle: int) -> None:
    """TPM2_FlushContext: unload a key."""
    _execute(tpm, Command.FLUSH_CONTEXT, parameters=u32(handle))


def transient_handles(tpm: TpmDevice) -> tuple[int, ...]:
    """TPM2_GetCapability(HANDLES): the keys that are loaded now."""
    parameters = u32(Capability.HANDLES) + u32(TRANSIENT_FIRST) + u32(64)
    reader = _execute(tpm, Command.GET_CAPABILITY, parameters=parameters)
    reader.u8()  # moreData
    if reader.u32() != Capability.HANDLES:
        raise TpmFormatError("TPM2_GetCapability: another capability than asked for")
    return tuple(reader.u32() for _ in range(reader.u32()))


def get_random(tpm: TpmDevice, count: int) -> bytes:
    """TPM2_GetRandom: at most `count` bytes, as many as the TPM gives at a time."""
    return _execute(tpm, Command.GET_RANDOM, parameters=u16(count)).tpm2b()


def nv_define(tpm: TpmDevice, index: int, attributes: int, size: int) -> None:
    """TPM2_NV_DefineSpace by the platform: an ordinary index of `size` bytes."""
    public = u32(index) + u16(Alg.SHA256) + u32(attributes) + tpm2b(b"") + u16(size)
    parameters = tpm2b(b"") + tpm2b(public)
    handles = (Handle.PLATFORM,)
    _execute(tpm, Command.NV_DEFINE_SPACE, handles=handles, authorised=1, parameters=parameters)


def nv_write(tpm: TpmDevice, index: int, data: bytes) -> None:
    """TPM2_NV_Write by the platform, in chunks from offset 0."""
    handles = (Handle.PLATFORM, index)
    for offset in range(0, len(data), NV_CHUNK):
        parameters = tpm2b(data[offset : offset + NV_CHUNK]) + u16(offset)
        _execute(tpm, Command.NV_WRITE, handles=handles, authorised=1, parameters=parameters)


def nv_size(tpm: TpmDevice, index: int) -> int:
    """TPM2_NV_ReadPublic: the index's size in bytes."""
    reader = _execute(tpm, Command.NV_READ_PUBLIC, handles=(index,))
    public = Reader(reader.tpm2b(), "TPMS_NV_PUBLIC")
    if public.u32() != index:
        raise TpmFormatError("TPM2_NV_ReadPublic: another index than asked for")
    public.take(6)  # name algorithm and attributes
    public.tpm2b()  # policy
    return public.u16()


def nv_read(tpm: TpmDevice, index: int) -> bytes:
    """TPM2_NV_Read of the whole index with its own (empty) authorisation."""
    data, size = b"", nv_size(tpm, index)
    while len(data) < size:
        parameters = u16(min(NV_CHUNK, size - len(data))) + u16(len(data))
        handles = (index, index)
        reader = _execute(
            tpm, Command.NV_READ, handles=handles, authorised=1, parameters=parameters
        )
        chunk = reader.tpm2b()
        if not 0 < len(chunk) <= size - len(data):
            raise TpmFormatError(f"TPM2_NV_Read: {len(chunk)} bytes")
        data += chunk
    return data


def close_platform_hierarchy(tpm: TpmDevice) -> None:
    """TPM2_HierarchyControl: the platform's commands end until the next start."""
    parameters = u32(Handle.PLATFORM) + u8(0)
    handles = (Handle.PLATFORM,)
    _execute(tpm, Command.HIERARCHY_CONTROL, handles=handles, authorised=1, parameters=parameters)


def _execute(
    tpm: TpmDevice,
    code: Command,
    *,
    handles: tuple[int, ...] = (),
    authorised: int = 0,
    parameters: bytes = b"",
) -> Reader:
    """Send one command, give a reader over its response's parameters."""
    reader = _transact(tpm, code, handles, authorised, parameters)
    if authorised:
        return Reader(reader.take(reader.integer(_SIZE_OF_SIZE)), f"response to {code.name}")
    return reader


def _execute_handle(
    tpm: TpmDevice, code: Command, *, handles: tuple[int, ...], parameters: bytes
) -> tuple[int, Reader]:
    """Do the same for a command whose response has a handle before its parameters."""
    reader = _transact(tpm, code, handles, 1, parameters)
    handle = reader.u32()
    return handle, Reader(reader.take(reader.integer(_SIZE_OF_SIZE)), f"response to {code.name}")


def _transact(
    tpm: TpmDevice, code: Command, handles: tuple[int, ...], authorised: int, parameters: bytes
) -> Reader:
    area = _EMPTY_PASSWORD * authorised
    sessions = u32(len(area)) + area if authorised else b""
    body = b"".join(map(u32, handles)) + sessions + parameters
    tag = TAG_SESSIONS if authorised else TAG_NO_SESSIONS
    command = u16(tag) + u32(len(body) + 10) + u32(code) + body
    for _ in range(RETRIES):
        reader = Reader(tpm.transmit(command), f"response to {code.name}")
        answered, _size, result = reader.u16(), reader.u32(), reader.u32()
        if result == responses.SUCCESS and answered == tag:
            return reader
        if result != responses.RETRY:
            break
    raise TpmResponseError(f"TPM2_{code.name}", result)
