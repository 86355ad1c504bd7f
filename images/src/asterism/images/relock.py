"""`python -m asterism.images.relock`: write images/root.lock anew from today's archive."""

import sys

from asterism.config import paths
from asterism.images import build, debian, locks, source
from asterism.images.progress import Step
from asterism.images.workshop import Workshop, remove_tree


def relock() -> list[str]:
    """Renew the lock from empty roots; what changed, one line a package. Needs root."""
    build.require_host()
    scratch = paths.CACHE / "relock"
    remove_tree(scratch)
    shop = Workshop(scratch, _print)
    old = debian.committed_lock()
    new = {root.name: debian.bootstrap(shop, root, ()).packages for root in debian.ROOTS}
    source.ROOT_LOCK.write_text(locks.encode(new))
    remove_tree(scratch)
    return [line for name in new for line in locks.difference(old.get(name, ()), new[name])]


def _print(step: Step) -> None:
    print(f"{step.name} {step.state} {step.seconds:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    print("\n".join(relock()))
