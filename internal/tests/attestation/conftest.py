"""An emulated chip maker, TPM maker and machine of the tests' own, down to the bytes.

They share no code with the emulated hardware of `asterism.machine`: what the verifier accepts must
not depend on one reading of the specifications.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from asterism.attestation import initdata as initdata_document
from asterism.attestation.anchors import Anchors
from asterism.attestation.binding import Binding
from asterism.attestation.claims import Tee
from asterism.attestation.grant import Grant, Role
from asterism.attestation.initdata import Initdata
from asterism.attestation.policy import REQUIRED_REGISTERS, Policy, SnpRules
from asterism.attestation.snp.tcb import Product, Tcb
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.genesis import cluster_event_digest
from asterism.keys.owner import OwnerKey
from asterism.measurement import eventlog
from asterism.measurement.eventlog import Event, EventType
from asterism.measurement.pcr import fold
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, SnpEvidence, TpmEvidence
from asterism.tpm.constants import Alg, Curve
from asterism.tpm.structures import EccParameters, PcrSelection, Public, Quoted, Scheme, Symmetric
from asterism.tpm.structures import Signature as TpmSignature

AT = datetime(2026, 11, 23, tzinfo=UTC)
AMD = "1.3.6.1.4.1.3704.1."
AK_ATTRIBUTES = 0x50072
EVENTS = {4: b"uki", 9: b"initrd", 11: b"sections"}
MEASUREMENT = bytes(range(48))
CHIP = bytes(range(100, 164))
TCB = Tcb(boot_loader=10, tee=0, snp=23, microcode=200)
FLOOR = Tcb(boot_loader=10, tee=0, snp=23, microcode=200)


def digest(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def integer(value: int) -> bytes:
    """A DER INTEGER of one byte's value."""
    content = value.to_bytes(1 if value < 128 else 2, "big")
    return bytes((2, len(content))) + content


def tcb_bytes(tcb: Tcb) -> bytes:
    """TCB_VERSION of Milan and Genoa."""
    return bytes((tcb.boot_loader, tcb.tee, 0, 0, 0, 0, tcb.snp, tcb.microcode))


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        """DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        """PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()


class Maker:
    """Makes chips and TPMs. `mark` stands in the organization of every certificate."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def name(self, common_name: str) -> x509.Name:
        """A name with the mark."""
        attributes = [(NameOID.ORGANIZATION_NAME, self.mark), (NameOID.COMMON_NAME, common_name)]
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])

    @cached_property
    def ark(self) -> Issued:
        """The root."""
        return self._authority("ARK-Genoa", None)

    @cached_property
    def ask(self) -> Issued:
        """The intermediate of VCEKs."""
        return self._authority("SEV-Genoa", self.ark)

    @cached_property
    def asvk(self) -> Issued:
        """The intermediate of VLEKs."""
        return self._authority("SEV-VLEK-Genoa", self.ark)

    @cached_property
    def tpm_root(self) -> Issued:
        """The root of endorsement certificates."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = self.name("TPM Root")
        builder = self._builder(name, name, key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        return Issued(builder.sign(key, SHA256()), key)

    def leaf(
        self,
        name: str = "SEV-VCEK",
        *,
        issuer: Issued | None = None,
        extensions: dict[str, bytes | None] | None = None,
        days: int = 365,
        curve: ec.EllipticCurve | None = None,
        scheme: str = "pss-sha384",
    ) -> Issued:
        """A key for reports; `extensions` change AMD's, None takes one away."""
        issuer = issuer or self.ask
        key = ec.generate_private_key(curve or ec.SECP384R1())
        builder = self._builder(
            self.name(name), issuer.certificate.subject, key.public_key(), days=days
        )
        for suffix, value in (amd_extensions() | (extensions or {})).items():
            if value is not None:
                extension = x509.UnrecognizedExtension(ObjectIdentifier(AMD + suffix), value)
                builder = builder.add_extension(extension, False)
        return Issued(SCHEMES[scheme](builder, issuer.key), key)

    def intermediate(self, *, ca: bool = True, cert_sign: bool = True, bits: int = 4096) -> Issued:
        """An intermediate that differs from AMD's in what is said here."""
        key = self.ask.key
        if bits != 4096:
            key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        name = self.name("SEV-Genoa")
        builder = self._builder(name, self.ark.certificate.subject, key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        usage = x509.KeyUsage(True, False, False, False, False, cert_sign, False, False, False)
        builder = builder.add_extension(usage, True)
        return Issued(_pss(builder, self.ark.key), key)

    def endorsement(
        self, *, usage: str = "2.23.133.8.1", ca: bool = False, days: int = 365
    ) -> bytes:
        """An endorsement certificate, DER."""
        key = ec.generate_private_key(ec.SECP256R1())
        root = self.tpm_root
        name = self.name("TPM 1")
        builder = self._builder(name, root.certificate.subject, key.public_key(), days=days)
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ObjectIdentifier(usage)]), False)
        return Issued(builder.sign(root.key, SHA256()), key).der

    def anchors(self) -> Anchors:
        """Both roots."""
        return Anchors.from_pem(snp=[self.ark.pem], tpm=[self.tpm_root.pem])

    def _authority(self, common_name: str, issuer: Issued | None) -> Issued:
        key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
        name = self.name(common_name)
        signer = issuer.certificate.subject if issuer else name
        builder = self._builder(name, signer, key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, True)
        return Issued(_pss(builder, issuer.key if issuer else key), key)

    @staticmethod
    def _builder(
        subject: x509.Name,
        issuer: x509.Name,
        key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
        *,
        days: int = 365,
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
            .not_valid_before(AT - timedelta(days=1))
            .not_valid_after(AT + timedelta(days=days))
        )


def _pss(
    builder: x509.CertificateBuilder, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    scheme = padding.PSS(padding.MGF1(SHA384()), 48)
    return builder.sign(key, SHA384(), rsa_padding=scheme)


def _pss_sha256(
    builder: x509.CertificateBuilder, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    return builder.sign(key, SHA256(), rsa_padding=padding.PSS(padding.MGF1(SHA256()), 32))


def _pkcs1(
    builder: x509.CertificateBuilder, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    return builder.sign(key, SHA384())


SCHEMES = {"pss-sha384": _pss, "pss-sha256": _pss_sha256, "pkcs1": _pkcs1}


def amd_extensions(product: str = "Genoa", tcb: Tcb = TCB, chip: bytes = CHIP) -> dict[str, bytes]:
    """What AMD puts into a VCEK."""
    return {
        "1": integer(0),
        "2": bytes((0x16, len(product))) + product.encode(),
        "3.1": integer(tcb.boot_loader),
        "3.2": integer(tcb.tee),
        "3.3": integer(tcb.snp),
        "3.8": integer(tcb.microcode),
        "4": chip,
    }


@dataclass(frozen=True)
class Machine:
    """A machine, as its host made it. `replace` gives one that lies in one point."""

    maker: Maker
    leaf: Issued
    endorsement: bytes
    initdata: bytes
    version: int = 3
    guest_policy: int = 0x30000
    vmpl: int = 0
    algorithm: int = 1
    key_info: int = 0
    measurement: bytes = MEASUREMENT
    host_data: bytes | None = None
    report_data: bytes | None = None
    migration_agent: bytes = b"\xff" * 32
    reported: Tcb = TCB
    committed: Tcb = TCB
    launch: Tcb = TCB
    chip: bytes = CHIP
    cpuid: bytes = bytes((0x19, 0x11, 1))
    mitigations: bytes = bytes(16)
    places: dict[int, bytes] = field(default_factory=dict)
    """Further bytes of the report, by offset."""
    certificates: tuple[bytes, ...] | None = None
    ak: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    ak_attributes: int = AK_ATTRIBUTES
    registers: tuple[int, ...] = (4, 8, 9, 11, 15)
    bank: int = Alg.SHA256
    qualifying_data: bytes | None = None
    clock_safe: bool = True
    cluster_id: bytes | None = None
    further_events: tuple[tuple[int, bytes], ...] = ()
    """Extended by the machine beyond what it should."""
    unmeasured: tuple[int, ...] = ()
    """Registers that are left as they were after the reset."""
    unlogged: tuple[int, ...] = ()
    """Registers whose events are kept out of the log."""

    def evidence(self, binding: Binding) -> Evidence:
        """Everything a machine shows."""
        report = self.report(binding)
        certificates = self.certificates or (self.leaf.der, self.maker.ask.der)
        return Evidence(
            snp=SnpEvidence(report=report, certificates=certificates),
            tpm=self.quote(binding),
            initdata=self.initdata,
        )

    def report(self, binding: Binding) -> bytes:
        """ATTESTATION_REPORT."""
        raw = bytearray(0x2A0)
        struct.pack_into("<IIQ", raw, 0, self.version, 0, self.guest_policy)
        struct.pack_into("<II", raw, 0x30, self.vmpl, self.algorithm)
        struct.pack_into("<I", raw, 0x48, self.key_info)
        places = {
            0x038: tcb_bytes(self.reported),
            0x050: self.report_data if self.report_data is not None else binding.value,
            0x090: self.measurement,
            0x0C0: self.host_data or initdata_document.digest(self.initdata),
            0x160: self.migration_agent,
            0x180: tcb_bytes(self.reported),
            0x188: self.cpuid,
            0x1A0: self.chip,
            0x1E0: tcb_bytes(self.committed),
            0x1F0: tcb_bytes(self.launch),
            0x1F8: self.mitigations,
        } | self.places
        for offset, value in places.items():
            raw[offset : offset + len(value)] = value
        return bytes(raw) + self._sign(bytes(raw))

    def _sign(self, body: bytes) -> bytes:
        assert isinstance(self.leaf.key, ec.EllipticCurvePrivateKey)
        r, s = utils.decode_dss_signature(self.leaf.key.sign(body, ec.ECDSA(SHA384())))
        return (r.to_bytes(72, "little") + s.to_bytes(72, "little")).ljust(512, b"\0")

    def events(self) -> list[tuple[int, bytes]]:
        """(register, digest) in the order of extending."""
        found = [(index, digest(data)) for index, data in EVENTS.items()]
        found.append((8, initdata_document.digest(self.initdata)))
        if self.cluster_id:
            found.append((15, cluster_event_digest(self.cluster_id)))
        found += self.further_events
        return [event for event in found if event[0] not in self.unmeasured]

    def _values(self, registers: Iterable[int]) -> dict[int, bytes]:
        return {
            index: fold(value for at, value in self.events() if at == index) for index in registers
        }

    def quote(self, binding: Binding) -> TpmEvidence:
        """Quote, registers and log of the vTPM."""
        values = self._values(self.registers)
        qualifying = (
            binding.qualifying_data if self.qualifying_data is None else self.qualifying_data
        )
        quoted = Quoted(
            qualified_signer=b"\0\x0b" + bytes(32),
            extra_data=qualifying,
            clock=1000,
            reset_count=7,
            restart_count=1,
            safe=self.clock_safe,
            firmware_version=1,
            selections=(PcrSelection(self.bank, self.registers),),
            pcr_digest=digest(b"".join(values[index] for index in sorted(values))),
        ).marshal()
        return TpmEvidence(
            ak_public=self.ak_public().marshal(),
            quoted=quoted,
            signature=self.sign_quote(quoted),
            pcrs=list(self._values(REQUIRED_REGISTERS[Tee.SNP_VTPM]).values()),
            event_log=self.log(),
            ek_certificate=self.endorsement,
        )

    def sign_quote(self, quoted: bytes) -> bytes:
        """TPMT_SIGNATURE."""
        r, s = utils.decode_dss_signature(self.ak.sign(quoted, ec.ECDSA(SHA256())))
        numbers = (r.to_bytes(32, "big"), s.to_bytes(32, "big"))
        return TpmSignature(Alg.ECDSA, Alg.SHA256, numbers).marshal()

    def ak_public(self) -> Public:
        """The attestation key's public area."""
        point = self.ak.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        scheme = Scheme(Alg.ECDSA, Alg.SHA256)
        parameters = EccParameters(Symmetric(), scheme, Curve.P256, Scheme(), x, y)
        return Public(Alg.SHA256, self.ak_attributes, b"", parameters)

    def log(self) -> bytes:
        """The event log."""
        events = [
            Event(index, EventType.IPL, {Alg.SHA256: value}, b"")
            for index, value in self.events()
            if index not in self.unlogged
        ]
        return eventlog.encode(eventlog.new_log(tuple(events)))


@dataclass(frozen=True)
class World:
    """Owner, makers, policy and one machine that the policy accepts."""

    owner: OwnerKey
    maker: Maker
    policy: Policy
    machine: Machine
    binding: Binding

    def changed(self, **changes: object) -> Evidence:
        """Evidence of the machine with other fields."""
        return replace(self.machine, **changes).evidence(self.binding)  # type: ignore[arg-type]


def make_policy(maker: Maker, owner: OwnerKey) -> Policy:
    """A policy for the machines of `make_machine`."""
    rules = SnpRules(frozenset({MEASUREMENT}), {Product.GENOA: FLOOR}, {}, 0, False, False)
    return Policy(
        epoch=3,
        production=False,
        accept_emulated=True,
        anchors=maker.anchors(),
        pcrs=MappingProxyType({i: frozenset({fold([digest(d)])}) for i, d in EVENTS.items()}),
        snp=rules,
        owners=frozenset({owner.public}),
    )


def make_initdata(
    owner: OwnerKey, policy: Policy, *, cluster: str = "local", grant_of: OwnerKey | None = None
) -> bytes:
    """The host's document for a worker of the cluster `local`."""
    grant = Grant("local", bytes(range(32)), "local-worker-1", Role.WORKER)
    signed = SignedDocument.sign(Kind.GRANT, grant.payload(), [grant_of or owner])
    addresses = ("10.210.0.11:9443",)
    return Initdata(cluster, (owner.public,), addresses, signed, policy.sign(owner)).encode()


@pytest.fixture(scope="session")
def maker() -> Maker:
    """The emulated maker that policies pin; its RSA keys take a second."""
    return Maker("EMULATED by the tests")


@pytest.fixture(scope="session")
def other_maker() -> Maker:
    """A maker of the same names that no policy pins."""
    return Maker("EMULATED by the tests")


@pytest.fixture(scope="session")
def unmarked_maker() -> Maker:
    """A maker that hides that it is emulated."""
    return Maker("Advanced Micro Devices")


@pytest.fixture(scope="session")
def world(maker: Maker) -> World:
    """A world in which verification succeeds."""
    owner = OwnerKey.generate()
    policy = make_policy(maker, owner)
    initdata = make_initdata(owner, policy)
    machine = Machine(maker, maker.leaf(), maker.endorsement(), initdata)
    return World(owner, maker, policy, machine, Binding(bytes(range(64))))


@pytest.fixture(scope="session")
def initdata_of() -> Callable[..., bytes]:
    """Makes initdata; see `make_initdata`."""
    return make_initdata


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of real evidence."""
    return Path(__file__).parents[1] / "vectors"
