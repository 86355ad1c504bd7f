"""How many verifications and handshakes a second, on emulated hardware with real quotes."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from asterism import clock, proc
from asterism.atls.purpose import Purpose
from asterism.atls.verifier import StandardVerifier
from asterism.attestation.binding import Binding
from asterism.attestation.grant import Role
from asterism.attestation.pcr15 import Bound
from asterism.attestation.verify import verify_evidence
from asterism.e2e.bench.table import Row
from asterism.e2e.lab.machine import LabMachine, powered_on
from asterism.e2e.lab.owner import LabOwner
from asterism.e2e.lab.wire import Party, meet
from asterism.machine.makers.store import MakerStore

SECONDS_EACH = 3.0
CLUSTER_ID = bytes(range(32))
SESSION_BENCHMARK = Path(__file__).parents[5] / "internal/benchmarks/atls_bench.py"
PER_SECOND = "/s"


def rate_rows() -> list[Row]:
    """Verification, mutual handshakes, and the session layer by itself."""
    with TemporaryDirectory(prefix="asterism-rates-") as folder, _members(Path(folder)) as members:
        owner, first, second = members
        rows = [
            Row("evidence verified", _verifications(owner, first), PER_SECOND, "500"),
            Row("mutual handshakes, TPM quotes included",
                _handshakes(owner, first, second), PER_SECOND, "150"),
        ]  # fmt: skip
    layer = json.loads(proc.run([sys.executable, SESSION_BENCHMARK]).text)
    return [
        *rows,
        Row("handshakes, evidence left out", layer["handshakes_per_second"], PER_SECOND),
        Row("session, one stream", layer["megabytes_per_second"], "MB/s"),
        Row("calls in a session", layer["grpc_calls_per_second"], PER_SECOND),
    ]


@contextmanager
def _members(folder: Path) -> Iterator[tuple[LabOwner, LabMachine, LabMachine]]:
    """Two machines of one cluster."""
    owner = LabOwner(MakerStore(folder / "makers"))
    initdata = [
        owner.initdata(f"lab-{role}-1", role).encode() for role in (Role.CONTROL_PLANE, Role.WORKER)
    ]
    with (
        powered_on(folder / "1", initdata[0], owner.makers) as first,
        powered_on(folder / "2", initdata[1], owner.makers) as second,
    ):
        first.binding.bind(CLUSTER_ID)
        second.binding.bind(CLUSTER_ID)
        yield owner, first, second


def _verifications(owner: LabOwner, machine: LabMachine) -> float:
    binding = Binding(clock.random_bytes(64))
    evidence, policy = machine.prover.evidence(binding), owner.policy()
    return _per_second(
        lambda: verify_evidence(
            evidence, binding=binding, policy=policy, pcr15=Bound(CLUSTER_ID), at=clock.now()
        )
    )


def _handshakes(owner: LabOwner, first: LabMachine, second: LabMachine) -> float:
    verifier = StandardVerifier(policy=owner.policy(), cluster_id=CLUSTER_ID)
    dialler, listener = Party(first.prover, verifier), Party(second.prover, verifier)
    return _per_second(lambda: meet(dialler, listener, Purpose.MESH).close())


def _per_second(work: Callable[[], object]) -> float:
    work()
    count, began = 0, clock.monotonic()
    while (elapsed := clock.monotonic() - began) < SECONDS_EACH:
        work()
        count += 1
    return count / elapsed
