"""TPM structures and event logs that belong together."""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from asterism.e2e.fuzz.seeds import certificates
from asterism.measurement import eventlog
from asterism.measurement.eventlog import Event, EventType
from asterism.proto.evidence.v1.evidence_pb2 import TpmEvidence
from asterism.tpm import ak, ek
from asterism.tpm.constants import Alg, Curve
from asterism.tpm.structures import (
    EccParameters,
    PcrSelection,
    Public,
    Quoted,
    RsaParameters,
    Scheme,
    Signature,
    Symmetric,
)

REGISTERS = (4, 8, 9, 11, 15)
AK_KEY = 61
_EVENTS = {index: f"event of {index}".encode() for index in REGISTERS}


def ak_public() -> Public:
    """An attestation key on P-256."""
    point = certificates.key(AK_KEY).public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    scheme = Scheme(Alg.ECDSA, Alg.SHA256)
    parameters = EccParameters(Symmetric(), scheme, Curve.P256, Scheme(), x, y)
    return Public(Alg.SHA256, ak.TEMPLATE.attributes, b"", parameters)


def rsa_public() -> Public:
    """An attestation key of RSA-2048; nobody knows its private key."""
    scheme = Scheme(Alg.RSASSA, Alg.SHA256)
    parameters = RsaParameters(Symmetric(), scheme, 2048, 0, b"\xc1" * 256)
    return Public(Alg.SHA256, ak.TEMPLATE.attributes, b"", parameters)


def ek_public() -> Public:
    """An endorsement key, as its template has it."""
    parameters = ek.TEMPLATE.parameters
    return Public(Alg.SHA256, ek.TEMPLATE.attributes, ek.POLICY_A, parameters)


def quoted(qualifying_data: bytes = bytes(range(32))) -> bytes:
    """TPMS_ATTEST over what `log` explains."""
    return Quoted(
        qualified_signer=b"\0\x0b" + bytes(32),
        extra_data=qualifying_data,
        clock=1000,
        reset_count=7,
        restart_count=1,
        safe=True,
        firmware_version=1,
        selections=(PcrSelection(Alg.SHA256, REGISTERS),),
        pcr_digest=hashlib.sha256(b"".join(registers())).digest(),
    ).marshal()


def signature(message: bytes) -> bytes:
    """TPMT_SIGNATURE by the attestation key."""
    scheme = ec.ECDSA(SHA256(), deterministic_signing=True)
    r, s = utils.decode_dss_signature(certificates.key(AK_KEY).sign(message, scheme))
    numbers = (r.to_bytes(32, "big"), s.to_bytes(32, "big"))
    return Signature(Alg.ECDSA, Alg.SHA256, numbers).marshal()


def rsa_signature() -> bytes:
    """One that verifies nothing."""
    return Signature(Alg.RSAPSS, Alg.SHA256, (b"\x33" * 256,)).marshal()


def log() -> bytes:
    """One event for each register, after a record of the start-up locality."""
    locality = Event(0, EventType.NO_ACTION, {Alg.SHA256: bytes(32)}, b"StartupLocality\0\3")
    events = [Event.of(index, EventType.IPL, data) for index, data in _EVENTS.items()]
    return eventlog.encode(eventlog.new_log((locality, *events)))


def old_log() -> bytes:
    """A log in the SHA-1 form."""
    event = Event(4, EventType.SEPARATOR, {Alg.SHA1: bytes(20)}, bytes(4))
    return eventlog.encode(eventlog.EventLog((event,), (Alg.SHA1,)))


def registers() -> list[bytes]:
    """Their values, in the order of REGISTERS."""
    values = eventlog.replay(eventlog.parse(log()))
    return [values[index] for index in REGISTERS]


def tpm_evidence(qualifying_data: bytes, endorsement: bytes) -> TpmEvidence:
    """A whole quote."""
    message = quoted(qualifying_data)
    return TpmEvidence(
        ak_public=ak_public().marshal(),
        quoted=message,
        signature=signature(message),
        pcrs=registers(),
        event_log=log(),
        ek_certificate=endorsement,
    )
