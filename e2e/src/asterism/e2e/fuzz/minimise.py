"""Makes the input of a finding smaller, as long as it stays the same finding."""

from asterism.e2e.fuzz.judge import Verdict, judge
from asterism.e2e.fuzz.target import Target

_ATTEMPTS = 1500


def minimised(target: Target, data: bytes, verdict: Verdict) -> bytes:
    """The smallest input found that fails as `verdict` says. Inside `judge.time_limit`."""
    left = 4 if verdict.finding.startswith("TooSlow") else _ATTEMPTS
    size = max(len(data) // 2, 1)
    while size and left > 0:
        at = 0
        while at < len(data) and left > 0:
            shorter = data[:at] + data[at + size :]
            left -= 1
            if judge(target, shorter).finding == verdict.finding:
                data = shorter
            else:
                at += size
        size //= 2
    return data
