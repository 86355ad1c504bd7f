"""What the running test has seen: refusals by their ID, and twins that it loaded.

The helpers that recognise a refusal note it here, so that a test which claims one cannot pass
without it (`attack_hooks`).
"""

_refusals: set[str] = set()
_twins: set[str] = set()


def begin() -> None:
    """Forget what the test before has seen."""
    _refusals.clear()
    _twins.clear()


def refusal(*error_ids: str) -> None:
    """Note that something was refused with each of these IDs."""
    _refusals.update(error_ids)


def twin(identity: str) -> None:
    """Note that the twin of this row was loaded."""
    _twins.add(identity)


def refusals() -> frozenset[str]:
    """The IDs seen since the test began."""
    return frozenset(_refusals)


def twins() -> frozenset[str]:
    """The rows whose twins were loaded since the test began."""
    return frozenset(_twins)
