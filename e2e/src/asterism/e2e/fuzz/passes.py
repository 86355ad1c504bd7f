"""One pass over a target with our own mutator: seeds first, then what grows from them.

An input whose answer comes from a place that none came from before is kept and mutated further, a
poor man's coverage that needs no instrumentation.
"""

from collections.abc import Callable
from random import Random

from asterism.e2e.fuzz.judge import Verdict, judge
from asterism.e2e.fuzz.mutators.mixed import Mutator
from asterism.e2e.fuzz.target import Target

_LARGEST_POOL = 512
_RARELY = 64
"""One of so many inputs grows from the seeds alone, however large the pool has become."""


class Pass:
    """A deterministic sequence of inputs for `target` from `seed`."""

    def __init__(self, target: Target, seed: int) -> None:
        self._target = target
        self._rng = Random(seed)  # noqa: S311 - not for secrets
        self._mutator = Mutator(target, self._rng)
        self._seeds = [*target.seeds(), b""]
        self._pool = list(self._seeds)
        self._seen: set[tuple[str, str, int]] = set()

    def run(
        self, count: int, before: Callable[[bytes], None], found: Callable[[bytes, Verdict], None]
    ) -> None:
        """Judge `count` inputs; `before` is called with each, `found` for every finding."""
        for data in self._seeds[:count]:
            self._judge(data, before, found)
        for number in range(count - len(self._seeds)):
            pool = self._pool if number % _RARELY else self._seeds
            self._judge(self._mutator.next(pool), before, found)

    def _judge(
        self,
        data: bytes,
        before: Callable[[bytes], None],
        found: Callable[[bytes, Verdict], None],
    ) -> None:
        before(data)
        verdict = judge(self._target, data)
        if verdict.finding:
            found(data, verdict)
        elif verdict.place not in self._seen:
            self._seen.add(verdict.place)
            if len(self._pool) < _LARGEST_POOL:
                self._pool.append(data)
