"""`python -m asterism.images.relock`: write the locks of images/ anew from today's archive."""

import sys
from pathlib import Path

from asterism.config import paths
from asterism.images import build, debian, locks, source
from asterism.images.conformance import debian_root
from asterism.images.progress import Step
from asterism.images.workshop import Workshop, remove_tree

LOCKS = {source.ROOT_LOCK: debian.ROOTS, debian_root.LOCK: (debian_root.ROOT,)}


def relock() -> list[str]:
    """Renew the locks from empty roots; what changed, one line a package. Needs root."""
    build.require_host()
    scratch = paths.CACHE / "relock"
    remove_tree(scratch)
    shop = Workshop(scratch, _print)
    changes = [line for path, roots in LOCKS.items() for line in _renew(shop, path, roots)]
    remove_tree(scratch)
    return changes


def _renew(shop: Workshop, path: Path, roots: tuple[debian.Root, ...]) -> list[str]:
    old = debian.committed_lock(path)
    new = {root.name: debian.bootstrap(shop, root, ()).packages for root in roots}
    path.write_text(locks.encode(new))
    return [line for name in new for line in locks.difference(old.get(name, ()), new[name])]


def _print(step: Step) -> None:
    print(f"{step.name} {step.state} {step.seconds:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    print("\n".join(relock()))
