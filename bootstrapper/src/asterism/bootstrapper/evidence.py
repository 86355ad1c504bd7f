"""The node's proof: secure processor and vTPM, both over the binder of one session."""

from typing_extensions import override

from asterism.atls.prover import Prover
from asterism.attestation.binding import Binding
from asterism.attestation.claims import Tee
from asterism.attestation.policy import REQUIRED_REGISTERS
from asterism.bootstrapper.cluster_binding import ClusterBinding
from asterism.bootstrapper.host import Host
from asterism.bootstrapper.tpm_life import TpmLife
from asterism.measurement import eventlog
from asterism.proto.evidence.v1.evidence_pb2 import Evidence, SnpEvidence, TpmEvidence
from asterism.proto.session.v1.session_pb2 import Proof
from asterism.tpm import commands, ek
from asterism.tpm.ak import AttestationKey
from asterism.tpm.device import TpmDevice
from asterism.tpm.responses import TpmResponseError

REGISTERS = REQUIRED_REGISTERS[Tee.SNP_VTPM]
EMPTY = bytes(32)
"""Qualifying data of the first quote, which nobody is shown."""


class NodeProver(Prover):
    """Makes evidence of this machine, freshly for each binder.

    The initdata are shown byte for byte as the host gave them: their digest is what the hardware
    signs, so a host that gives others than it launched with is found out by the verifier.
    A TPM that was reset since the first quote of this boot proves nothing any more: MCH-105.
    """

    def __init__(
        self,
        host: Host,
        tpm: TpmDevice,
        key: AttestationKey,
        binding: ClusterBinding,
        life: TpmLife | None = None,
    ) -> None:
        self._host = host
        self._tpm = tpm
        self._key = key
        self._cluster = binding
        self._initdata = host.initdata()
        self._boot_log = eventlog.parse(host.event_log())
        self._ek_certificate = ek.read_certificate(tpm)
        self._life = life or TpmLife()
        self._signed_registers(EMPTY)

    @property
    def initdata(self) -> bytes:
        """The initdata that this evidence shows."""
        return self._initdata

    @property
    @override
    def ak_name(self) -> bytes:
        return self._key.name

    @override
    def prove(self, binding: Binding) -> Proof:
        return Proof(evidence=self.evidence(binding))

    def evidence(self, binding: Binding) -> Evidence:
        """SNP report over the binder; TPM quote over its SHA-256."""
        snp = self._host.snp_report(binding.value)
        leaf_and_intermediate = snp.certificates[:2]
        return Evidence(
            snp=SnpEvidence(report=snp.report, certificates=leaf_and_intermediate),
            tpm=self._quote(binding.qualifying_data),
            initdata=self._initdata,
        )

    def _quote(self, qualifying_data: bytes) -> TpmEvidence:
        with self._cluster.lock:
            quoted, signature, pcrs = self._signed_registers(qualifying_data)
            log = self._log()
        return TpmEvidence(
            ak_public=self._key.public,
            quoted=quoted,
            signature=signature,
            pcrs=pcrs,
            event_log=log,
            ek_certificate=self._ek_certificate,
        )

    def _signed_registers(self, qualifying_data: bytes) -> tuple[bytes, bytes, list[bytes]]:
        """Quote, signature and register values, of the TPM that this boot began with."""
        try:
            quoted, signature = self._key.quote(qualifying_data, REGISTERS)
        except TpmResponseError:  # the key is unloaded, as by a reset: the next quote will tell
            self._key = AttestationKey.create(self._tpm)
            quoted, signature = self._key.quote(qualifying_data, REGISTERS)
        self._life.require_same(quoted)
        values = commands.pcr_read(self._tpm, REGISTERS)
        return quoted, signature, [values[index] for index in sorted(values)]

    def _log(self) -> bytes:
        """The firmware's records, then ours."""
        bound = self._cluster.bound
        log = self._boot_log.with_events(bound.event) if bound else self._boot_log
        return eventlog.encode(log)
