"""What the operating system refused, as errors with an ID."""

import errno

from asterism.errors.tree import Error, UserError

_IDS = {
    errno.ENOENT: "FIL-001",
    errno.EACCES: "FIL-002",
    errno.EPERM: "FIL-002",
    errno.ENOSPC: "FIL-003",
    errno.EDQUOT: "FIL-003",
    errno.EROFS: "FIL-003",
    errno.EISDIR: "FIL-004",
    errno.ENOTDIR: "FIL-004",
}


def from_os(error: OSError) -> Error:
    """The FIL error that says the same; FIL-005 for what has no ID of its own."""
    places = [str(name) for name in (error.filename, error.filename2) if name is not None]
    reason = error.strerror or str(error) or type(error).__name__
    detail = f"{' and '.join(places)}: {reason}" if places else reason
    return UserError(_IDS.get(error.errno or 0, "FIL-005"), detail)
