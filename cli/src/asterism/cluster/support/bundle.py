"""Collects all parts at once, redacts them, and writes them with an index."""

import json
import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from asterism import clock
from asterism.cluster.home import OwnerHome
from asterism.cluster.support import archive, files, host, kubernetes, nodes, secrets
from asterism.cluster.support.part import Collected, Part
from asterism.cluster.support.redaction import Redactor
from asterism.errors import AttestationError, Error
from asterism.errors.catalogue import entries

FORM = 1
PARALLEL = 8
LIMIT = 4 << 20
"""Bytes of a part that are kept; what is wanted of a log is its end."""
KEPT = 10
"""Bundles that nobody named a place for; older ones go."""
INDEX = "index.json"

LEFT_OUT = (
    "the owner's key and the release key",
    "kubeconfigs",
    "keys of the emulated makers",
    "state of TPM and secure processor",
    "state disks, but for the logs of Kubernetes' own pods",
    "Secrets and ConfigMaps, values of pods' environments",
    "environments of processes",
)
_ID = re.compile(rb"\[([A-Z]{3}-[0-9]{3})\]")


@dataclass(frozen=True, slots=True)
class Saved:
    """A bundle on disk."""

    path: Path
    parts: tuple[Collected, ...]

    @property
    def unread(self) -> list[Collected]:
        """Parts that could not be read."""
        return [part for part in self.parts if part.why_not]


def save(
    home: OwnerHome,
    cluster: str | None,
    *,
    failure: BaseException | None = None,
    out: Path | None = None,
) -> Saved:
    """Save a bundle about `cluster`, or about the host alone, to `out` or the owner's own folder.

    Works as far as this user may read. Raises OSError when the bundle cannot be written.
    """
    made = clock.now()
    folder = f"asterism-support-{cluster or 'host'}-{made.strftime('%Y%m%dT%H%M%SZ')}"
    if out is None:
        home.make_directory(home.support_directory)
        path = home.support_directory / f"{folder}.tar.gz"
    else:
        path = out
    collected = _collect(home, cluster, failure)
    index = Collected(INDEX, _index(collected, cluster, failure, made))
    readable = [part for part in collected if not part.why_not]
    archive.write(path, [index, *readable], folder, made, home)
    if out is None:
        _forget_old(home.support_directory)
    return Saved(path, tuple(collected))


def _collect(
    home: OwnerHome, cluster: str | None, failure: BaseException | None
) -> list[Collected]:
    redactor = Redactor(secrets.known(home, cluster))
    with ThreadPoolExecutor(PARALLEL) as pool:
        wanted = [*_failure_parts(failure), *host.parts(cluster)]
        if cluster is not None:
            wanted += [*files.of_cluster(cluster, home), *nodes.parts(cluster)]
            wanted += kubernetes.parts(cluster, home, pool.submit)
        read = list(pool.map(partial(_read, redactor), wanted))
    return [_errors(read), *read]


def _read(redactor: Redactor, part: Part) -> Collected:
    """The part, redacted before it is cut, so that no secret is cut in two."""
    try:
        content = part.read()
    except (Error, OSError, LookupError, ValueError, TypeError) as exc:
        why, _ = redactor.redact((str(exc) or type(exc).__name__).encode())
        return Collected(part.name, why_not=why.decode(errors="replace"))
    redacted, counts = redactor.redact(content)
    cut = max(0, len(redacted) - LIMIT)
    return Collected(part.name, redacted[cut:], redactions=counts, cut=cut)


def _failure_parts(failure: BaseException | None) -> Iterator[Part]:
    if failure is not None:
        text = "".join(traceback.format_exception(failure))
        yield Part("failure.txt", text.encode)


def _errors(read: Iterable[Collected]) -> Collected:
    """Every error ID that any part names, with its meaning and where it stands."""
    places: dict[str, list[str]] = {}
    for part in read:
        for error_id in sorted({found.decode() for found in _ID.findall(part.content)}):
            places.setdefault(error_id, []).append(part.name)
    known = entries()
    lines = [
        {"id": error_id, "title": known[error_id].title, "parts": parts}
        for error_id, parts in sorted(places.items())
        if error_id in known
    ]
    return Collected("errors.json", json.dumps(lines, indent=1).encode())


def _index(
    parts: Sequence[Collected],
    cluster: str | None,
    failure: BaseException | None,
    made: datetime,
) -> bytes:
    index = {
        "form": FORM,
        "asterism": version("asterism"),
        "made": made.isoformat(timespec="seconds"),
        "cluster": cluster,
        "error": _failure_ids(failure),
        "parts": [part.document() for part in parts],
        "leftOut": LEFT_OUT,
    }
    return json.dumps(index, indent=1).encode()


def _failure_ids(failure: BaseException | None) -> list[str]:
    if isinstance(failure, AttestationError):
        return [mismatch.error_id for mismatch in failure.mismatches]
    return [failure.error_id] if isinstance(failure, Error) else []


def _forget_old(folder: Path) -> None:
    bundles = sorted(
        folder.glob("asterism-support-*.tar.gz"), key=lambda path: path.stat().st_mtime
    )
    for path in bundles[:-KEPT]:
        path.unlink(missing_ok=True)
