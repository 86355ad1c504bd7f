"""IMG-*: building, finding, measuring and loading images."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "IMG-001",
        "an image build step failed",
        "A program that the build runs (mmdebstrap, go, pip, containerd, dracut, ...) failed; most "
        "often the Debian archive, the Go module proxy or the Python index was not reachable.",
        "Read the log that is named, mend the cause and build again: finished steps are kept.",
    ),
    Entry(
        "IMG-002",
        "there is no node image",
        "No image was built on this host, or it was pruned.",
        "Run `asterism image build` (or `make image`).",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "IMG-003",
        "this is not a prepared checkout",
        "An image is built from the files of a checkout, its generated protocol code included.",
        "Run `make setup` in the checkout and use the `asterism` of its .venv.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "IMG-004",
        "the package lock cannot be read",
        "images/root.lock was edited by hand, or a merge left it damaged.",
        "Restore the file, or write it anew with `python -m asterism.images.relock`.",
        ExitCode.CONFIG_INVALID,
    ),
    Entry(
        "IMG-005",
        "a Debian package is not the one that was locked",
        "The archive delivered a file with the locked name and version but another content. "
        "Archives never do that: a mirror is damaged, or somebody changed the file.",
        "Do not go on with that mirror. If the lock is wrong, write it anew and review the change.",
    ),
    Entry(
        "IMG-006",
        "the files of an image do not belong together",
        "A file was changed or damaged after the build: its digest is not the one that the "
        "manifest or the measured command line names.",
        "Remove the image's directory and build it again.",
    ),
    Entry(
        "IMG-007",
        "building an image needs root",
        "Making a Debian root and unpacking container images needs to set owners and to mount.",
        "Run the command with sudo, or use `make image`, which does.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "IMG-008",
        "a program of the host is missing",
        "The build calls a few programs of the host; one is not installed.",
        "Run `make packages`.",
        ExitCode.HOST_PRECONDITION,
    ),
)
