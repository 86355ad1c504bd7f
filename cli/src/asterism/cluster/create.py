"""`cluster create`: the phases in order, each recorded once it is done, so that any run can go on.

What becomes of a run that does not end well is `aftermath`'s to say.
"""

import threading
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from asterism import clock
from asterism.attestation.anchors import EMULATED
from asterism.attestation.claims import NodeClaims
from asterism.attestation.grant import Role
from asterism.cluster import aftermath, host, pin, plan, state
from asterism.cluster.aftermath import Aftermath, Found
from asterism.cluster.config import Cluster
from asterism.cluster.events import Remembering, Watcher, step
from asterism.cluster.home import OwnerHome
from asterism.cluster.image import Image, find
from asterism.cluster.plan import Plan
from asterism.cluster.privilege import require_root
from asterism.cluster.state import Phase
from asterism.kube.kubeconfig import Entry
from asterism.machine import preflight

if TYPE_CHECKING:
    from asterism.cluster.kubeconfig import Merged

READY_TIMEOUT = 120.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to create, beside the settings of the cluster itself."""

    kubeconfig: Path | None = None
    switch: bool = True
    timeout: float = READY_TIMEOUT
    """Seconds that nodes and add-ons may take once the control plane is up."""
    retain: bool | None = None
    """Keep what was made if it does not end well; None: as `aftermath` says."""
    ignored_checks: tuple[str, ...] = ()
    """Names of checks of the host that need not hold."""


@dataclass(frozen=True, slots=True)
class Created:
    """A cluster that works."""

    name: str
    cluster_id: bytes
    server: str
    image: str
    measurement: bytes
    """Of the first control plane, as its evidence showed it; from the policy on a resumed run."""
    labels: tuple[str, ...]
    nodes: tuple[str, ...]
    merged: "Merged"
    milliseconds: int
    ansible_milliseconds: int
    """Zero when the machines were there already."""


class Creation:
    """One run of `create`."""

    def __init__(
        self, settings: Cluster, home: OwnerHome, watch: Watcher, wishes: Wishes | None = None
    ) -> None:
        self._settings = settings
        self._home = home
        self._watch = Remembering(watch)
        self._wishes = wishes or Wishes()
        self._began = clock.monotonic()
        self._ansible = 0
        self._claims: NodeClaims | None = None
        self._found = Found.NOTHING
        self.aftermath: Aftermath | None = None
        """How it was left, once `run` has raised; None if it never held the cluster."""

    def run(self) -> Created:
        """Create the cluster or go on creating it."""
        require_root()
        name = self._settings.name
        with state.lock(name, "asterism cluster create"):
            try:
                return self._phases()
            except (Exception, KeyboardInterrupt) as exc:
                # Should settling be interrupted, this much is known.
                self.aftermath = aftermath.unsettled(name, self._watch.failed, self._found)
                self.aftermath = self._settle(exc)
                raise

    def _phases(self) -> Created:
        self._preflight()
        current = self._machines(self._plan())
        current, entry = self._initialise(current)
        current, merged = self._kubeconfig(current, entry)
        return self._created(self._wait(current, entry), merged)

    def _preflight(self) -> None:
        from asterism.cluster import kubeconfig

        record = plan.recorded(self._settings.name)
        # Machines that are there have taken already what they need.
        wanted = () if record and record.phase >= Phase.MACHINES else plan.machines(self._settings)
        control_planes = sum(machine.role == Role.CONTROL_PLANE.value for machine in wanted)
        with step(self._watch, "preflight", "Check this computer") as running:
            tolerated = preflight.require(
                control_planes=control_planes,
                workers=len(wanted) - control_planes,
                ignored=self._wishes.ignored_checks,
            )
            running.text = ", ".join(f"[{c.error_id}] {c.found}" for c in tolerated if c.refuses)
            kubeconfig.require_usable(self._home, self._settings.name, self._wishes.kubeconfig)

    def _plan(self) -> Plan:
        record = plan.recorded(self._settings.name)
        if record is not None:
            plan.require_same(self._settings, record)
            self._found = Found.BEGUN_BEFORE
            with step(self._watch, "plan", "Go on with the recorded plan") as running:
                running.text = f"phase {record.phase.name.lower()}"
                return plan.resume(record, self._home)
        with step(self._watch, "image", "Find the node image") as running:
            image = find(self._settings.image)
            running.text = image.name
        with step(self._watch, "plan", "Sign policy and grants") as running:
            drafted = plan.draft(self._settings, image, self._home)
            self._found = Found.BEGUN_HERE
            plan.begin(drafted, self._home)
            running.text = f"{len(drafted.documents)} machines"
            return drafted

    def _machines(self, current: Plan) -> Plan:
        if current.state.phase >= Phase.MACHINES:
            with step(self._watch, "machines", "Start what is not running"):
                return _with(current, relay_port=host.wake(current.state))
        _import_what_follows()
        with step(self._watch, "machines", "Create machines") as running:
            made = host.provision(current.state, current.documents, running)
            self._ansible = made.ansible_milliseconds
            running.text = f"Ansible {self._ansible / 1000:.1f} s of it"
        return _with(current, phase=Phase.MACHINES, relay_port=made.relay_port)

    def _initialise(self, current: Plan) -> tuple[Plan, Entry]:
        from asterism.cluster import kubeconfig

        if current.state.phase >= Phase.INITIALISED:
            with step(self._watch, "admin", f"Attest {current.first}"):
                return current, kubeconfig.issue(current.state, current.pin, current.owner)
        from asterism.cluster.initialise import Initialiser
        from asterism.cluster.user_key import UserKey

        with step(self._watch, "init", f"Attest {current.first} and initialise it") as running:
            key = UserKey()
            done = Initialiser(
                self._home, current.owner, current.pin, current.first,
                current.state.relay_port, running,
            ).run(key)  # fmt: skip
            pin.save(self._home, done.pin)
            self._claims = done.claims
            running.text = f"cluster {done.pin.cluster_id.hex()[:16]}"
        current = _with(replace(current, pin=done.pin), phase=Phase.INITIALISED)
        return current, kubeconfig.entry(current.state, current.pin, key, done.certificate)

    def _kubeconfig(self, current: Plan, entry: Entry) -> "tuple[Plan, Merged]":
        from asterism.cluster import kubeconfig

        with step(self._watch, "kubeconfig", "Merge the kubeconfig entry") as running:
            # On record before it is there: `delete` finds it whatever happens in between.
            path = self._home.kubeconfig(self._wishes.kubeconfig).path.absolute()
            current = _with(current, kubeconfig=str(path))
            merged = kubeconfig.merge(self._home, entry, path, switch=self._wishes.switch)
            running.text = str(merged.path)
            return current, merged

    def _wait(self, current: Plan, entry: Entry) -> Plan:
        from asterism.cluster import conditions
        from asterism.cluster.api import Api

        deadline = clock.monotonic() + self._wishes.timeout
        nodes = [machine.name for machine in current.state.machines]
        with closing(Api(current.state.relay_port, entry)) as api:
            conditions.wait(api, conditions.of_cluster(nodes), self._watch, deadline=deadline)
        return _with(current, phase=Phase.READY)

    def _created(self, current: Plan, merged: "Merged") -> Created:
        policy = current.pin.opened_policy()
        measured = next(iter(policy.snp.measurements))
        return Created(
            name=current.state.name,
            cluster_id=current.pin.cluster_id,
            server=current.state.server,
            image=Image(Path(current.state.image)).name,
            measurement=measured if self._claims is None else self._claims.measurement,
            labels=(EMULATED,) if policy.anchors.emulated else (),
            nodes=tuple(machine.name for machine in current.state.machines),
            merged=merged,
            milliseconds=round((clock.monotonic() - self._began) * 1000),
            ansible_milliseconds=self._ansible,
        )

    def _settle(self, failure: BaseException) -> Aftermath:
        name = self._settings.name
        return aftermath.settle(
            name,
            self._watch.failed,
            self._found,
            interrupted=isinstance(failure, KeyboardInterrupt),
            retain=self._wishes.retain,
            save_bundle=lambda: self._save_bundle(failure),
            roll_back=self._roll_back,
        )

    def _save_bundle(self, failure: BaseException) -> Path:
        from asterism.cluster.support.bundle import save

        with step(self._watch, "support", "Save a support bundle") as running:
            saved = save(self._home, self._settings.name, failure=failure)
            running.text = str(saved.path)
            return saved.path

    def _roll_back(self) -> None:
        from asterism.cluster import delete

        delete.remove(self._settings.name, self._home, self._watch)


def _with(current: Plan, **changes: object) -> Plan:
    """The plan with its record changed, on disk first."""
    record = replace(current.state, **changes)  # type: ignore[arg-type]
    state.save(record)
    return replace(current, state=record)


def _import_what_follows() -> None:
    """Import gRPC and the session while machines start: 0.2 s that nobody need wait for."""
    threading.Thread(
        target=import_module, args=("asterism.cluster.initialise",), daemon=True
    ).start()
