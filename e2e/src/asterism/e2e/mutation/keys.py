"""RSA keys out of a ring: making one takes a second, and each trial would make the same again."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import rsa

_generate = rsa.generate_private_key


class KeyRing:
    """Stands in for `rsa.generate_private_key`; every process gives out the same keys in turn."""

    def __init__(self) -> None:
        self._keys: defaultdict[int, list[rsa.RSAPrivateKey]] = defaultdict(list)
        self.given: Counter[int] = Counter()
        """How many keys of each size were asked for in this process."""

    def install(self) -> None:
        """From now on `rsa.generate_private_key` is this ring."""
        rsa.generate_private_key = self._next

    def rewind(self) -> None:
        """Give out the same keys again."""
        self.given.clear()

    def fill(self, wanted: Mapping[int, int]) -> None:
        """Make so many keys of each size (bits) beforehand."""
        for size, count in wanted.items():
            while len(self._keys[size]) < count:
                self._keys[size].append(_generate(public_exponent=65537, key_size=size))

    def _next(
        self, public_exponent: int, key_size: int, backend: object = None
    ) -> rsa.RSAPrivateKey:
        if public_exponent != 65537:
            return _generate(public_exponent, key_size, backend)
        self.given[key_size] += 1
        self.fill({key_size: self.given[key_size]})
        return self._keys[key_size][self.given[key_size] - 1]
