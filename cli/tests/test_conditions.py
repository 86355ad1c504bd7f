"""A condition says what is still missing, and waiting names it when the time is up."""

from typing import Any

import pytest

from asterism import clock
from asterism.cluster import conditions
from asterism.cluster.api import ApiError
from asterism.cluster.events import Event
from asterism.errors import ExitCode, ProvisionError

READY = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
NOT_READY = {
    "status": {"conditions": [{"type": "Ready", "status": "False", "message": "no network"}]}
}
DEPLOYED = {
    "metadata": {"generation": 2},
    "spec": {"replicas": 2},
    "status": {
        "observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
    },
}  # fmt: skip
DAEMONS = {
    "metadata": {"generation": 1},
    "status": {
        "observedGeneration": 1,
        "desiredNumberScheduled": 2,
        "updatedNumberScheduled": 2,
        "numberAvailable": 2,
    },
}


class FakeApi:
    """Answers with objects by path; what is not there is refused."""

    def __init__(self, objects: dict[str, Any]) -> None:
        self.objects = objects

    def get(self, path: str) -> Any:
        """The object at `path`."""
        if path not in self.objects:
            raise ApiError(path, 404, "404 Not Found")
        return self.objects[path]


def changed(workload: dict[str, Any], **status: int) -> dict[str, Any]:
    """The workload with another status."""
    return {**workload, "status": {**workload["status"], **status}}


def test_a_node_is_ready_when_it_says_so() -> None:
    """Otherwise its own message is shown."""
    assert conditions.node_missing(READY) == ""
    assert conditions.node_missing(NOT_READY) == "no network"
    assert "not reported" in conditions.node_missing({})


@pytest.mark.parametrize("count", ["replicas", "updatedReplicas", "availableReplicas"])
def test_a_deployment_needs_all_its_replicas(count: str) -> None:
    """Old replicas, too few and not available ones all count as missing."""
    assert conditions.deployment_missing(DEPLOYED) == ""
    assert count in conditions.deployment_missing(changed(DEPLOYED, **{count: 1}))
    assert conditions.deployment_missing(changed(DEPLOYED, observedGeneration=1))


def test_a_daemon_set_must_be_scheduled_first() -> None:
    """Nothing of nothing is not rolled out."""
    assert conditions.daemons_missing(DAEMONS) == ""
    assert conditions.daemons_missing(changed(DAEMONS, desiredNumberScheduled=0))
    assert conditions.daemons_missing(changed(DAEMONS, numberAvailable=1))


def test_waiting_reports_each_condition_once() -> None:
    """In the order in which they are met."""
    wanted = conditions.of_cluster(["a"])
    objects = dict(zip([c.path for c in wanted], [READY, DEPLOYED, DAEMONS], strict=True))
    events: list[Event] = []
    deadline = clock.monotonic() + 1
    conditions.wait(FakeApi(objects), wanted, events.append, deadline=deadline)  # type: ignore[arg-type]
    met = [event.text for event in events if event.state == "condition"]
    assert met == [condition.title for condition in wanted]


def test_waiting_ends_with_what_is_missing() -> None:
    """Exit code 5, and every unmet condition with its last state."""
    wanted = conditions.of_cluster(["a"])
    api = FakeApi({wanted[0].path: NOT_READY})
    with pytest.raises(ProvisionError, match="CLU-007") as caught:
        conditions.wait(api, wanted, lambda _: None, deadline=clock.monotonic())  # type: ignore[arg-type]
    assert caught.value.exit_code is ExitCode.TIMEOUT
    assert caught.value.facts["node-ready/a"] == "no network"
    assert "404" in caught.value.facts["dns"]
