"""Kubernetes' own conformance specs pass on our nodes."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from asterism.e2e.cluster import Cluster
from asterism.e2e.factory import ClusterFactory, Wanted

SPECS = Path(__file__).with_name("specs.txt")
AT_LEAST = {"sig-node": 8, "sig-network": 8, "sig-apps": 8, "sig-api-machinery": 6}

COLD_BUILD = 1500
"""Seconds for the suite's first build on a computer."""
WHOLE_SET = 3 * 3600


def _run(cluster: Cluster, *options: str, timeout: float) -> Any:
    words = ("test", "conformance", cluster.name, "-q", "-o", "json", *options)
    done = cluster.home.asterism(*words, check=False, timeout=timeout)
    assert done.stdout, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.cluster
@pytest.mark.timeout(COLD_BUILD + 300)
def test_the_chosen_conformance_specs_pass(confidential_cluster: Cluster) -> None:
    """All specs of specs.txt, none failed and none skipped."""
    run = _run(
        confidential_cluster,
        *("--specs", str(SPECS), "--parallel", "8"),
        timeout=COLD_BUILD + 240,
    )
    assert not [item for item in run["items"] if item["outcome"] != "passed"]
    passed = Counter(item["area"] for item in run["items"])
    assert all(passed[area] >= count for area, count in AT_LEAST.items()), passed


@pytest.mark.slow
@pytest.mark.timeout(WHOLE_SET + COLD_BUILD)
def test_every_conformance_spec_passes(
    clusters: ClusterFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole set on two workers; what failed at first may pass alone, on a quiet computer."""
    cluster = clusters.create(Wanted(workers=2))
    cluster.wait_ready()
    run = _run(cluster, "--parallel", "6", timeout=WHOLE_SET)
    if run["failed"]:
        run = _run(cluster, "--parallel", "2", "--resume", timeout=WHOLE_SET)
    failed = [f"{item['name']}\n    {item['message']}" for item in run["items"] if _failed(item)]
    with capsys.disabled():
        counts = ", ".join(f"{run[kind]} {kind}" for kind in ("passed", "failed", "skipped"))
        print(f"\nconformance: {counts}", *failed, sep="\n")
    assert not failed


def _failed(item: Any) -> bool:
    return bool(item["outcome"] == "failed")
