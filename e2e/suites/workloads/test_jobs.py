"""Work that ends: Jobs, CronJobs, and a pod that its memory limit ends."""

import pytest

from asterism.config.versions import AGNHOST_IMAGE
from asterism.e2e.pods import Namespace, job_spec
from asterism.e2e.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def test_a_job_completes(namespace: Namespace) -> None:
    """A Job's pod runs once and its output can be read afterwards."""
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}}
    namespace.apply(job | {"spec": job_spec("entrypoint-tester", "a", "b")})
    namespace.kubectl("wait", "job/once", "--for=condition=Complete", "--timeout=60s", timeout=70)
    assert "a b" in namespace.kubectl("logs", "job/once")


def test_a_failing_job_is_reported_as_failed(namespace: Namespace) -> None:
    """A container that exits other than 0 fails its Job."""
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "never"}}
    namespace.apply(job | {"spec": job_spec("no-such-command")})
    namespace.kubectl("wait", "job/never", "--for=condition=Failed", "--timeout=60s", timeout=70)


@pytest.mark.timeout(120)
def test_a_cron_job_starts_a_job_within_its_minute(namespace: Namespace) -> None:
    """The controller manager starts a job of an every-minute schedule."""
    cron = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "each-minute"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job_spec("dns-suffix")}},
    }
    namespace.apply(cron)

    def expect_success() -> None:
        jobs = namespace.get("jobs")["items"]
        assert any(job["status"].get("succeeded") for job in jobs), f"{len(jobs)} jobs, none done"

    eventually(expect_success, within=90, every=1)


def test_a_pod_is_killed_at_its_memory_limit(namespace: Namespace) -> None:
    """A container that takes more than its limit ends OOMKilled; its neighbours do not."""
    container = {
        "name": "eater",
        "image": AGNHOST_IMAGE,
        "imagePullPolicy": "Never",
        "args": ["stress", "--mem-total=256Mi", "--mem-alloc-size=8Mi"],
        "resources": {"limits": {"memory": "64Mi"}},
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "eater"}}
    namespace.apply(pod | {"spec": {"restartPolicy": "Never", "containers": [container]}})

    def expect_killed() -> None:
        statuses = namespace.get("pod", "eater")["status"].get("containerStatuses", [])
        reasons = [s["state"].get("terminated", {}).get("reason") for s in statuses]
        assert reasons == ["OOMKilled"], f"ended with {reasons}"

    eventually(expect_killed, within=60)
