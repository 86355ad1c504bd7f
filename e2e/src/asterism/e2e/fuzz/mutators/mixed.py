"""The mutator of a target: its grammar and plain bytes, from a pool of inputs."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from asterism.e2e.fuzz.mutators import der, json_tree, octets, protobuf, text
from asterism.e2e.fuzz.target import Shape, Target

_Mutate = Callable[[bytes, Random, Sequence[bytes]], bytes]

_GRAMMARS: dict[Shape, _Mutate] = {
    Shape.BYTES: octets.mutate,
    Shape.DER: der.mutate,
    Shape.JSON: partial(json_tree.mutate, canonical=False),
    Shape.CANONICAL_JSON: partial(json_tree.mutate, canonical=True),
    Shape.PROTOBUF: protobuf.mutate,
    Shape.TEXT: text.mutate,
}
_PLAIN = 0.35
"""Share of inputs that are changed without regard to their grammar."""
_SPLICED = 0.05


class Mutator:
    """Makes inputs for one target; the same generator gives the same inputs."""

    def __init__(self, target: Target, rng: Random) -> None:
        self._target = target
        self._rng = rng
        self._grammar = _GRAMMARS[target.shape]

    def next(self, pool: Sequence[bytes]) -> bytes:
        """An input made from `pool`, no longer than the target's maximum."""
        data, rng = self._rng.choice(pool), self._rng
        chance = rng.random()
        if chance < _SPLICED:
            data = octets.splice(data, rng.choice(pool), rng)
        return self.of(data)

    def of(self, data: bytes) -> bytes:
        """A mutant of `data`."""
        plain = self._rng.random() < _PLAIN
        change = octets.mutate if plain else self._grammar
        return change(data, self._rng, self._target.words)[: self._target.maximum]
