"""TST-*: running Kubernetes' conformance specs."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "TST-001",
        "conformance specs failed",
        "The cluster does not behave as a spec demands, or it was too slow for the spec's limits "
        "because the computer was busy.",
        "Read the file of each failure in the folder that is named; `--resume` runs only what has "
        "not passed.",
    ),
    Entry(
        "TST-002",
        "the conformance suite is not built",
        "The suite is built from Kubernetes' sources when it is first needed, which takes root and "
        "up to 15 minutes; this process could not.",
        "Run `sudo asterism test conformance --list` once; afterwards no root is needed.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "TST-003",
        "there is no such spec",
        "The names or regular expressions leave no conformance spec of this version of Kubernetes.",
        "`asterism test conformance --list` prints the names of all specs.",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "TST-004",
        "the conformance suite ended early",
        "Not every spec was run: the suite was interrupted, a check before all specs failed (a "
        "node is not Ready, a pod of kube-system does not run), or its program crashed.",
        "Read the files in the folder that is named, mend the cause, and go on with `--resume`.",
    ),
    Entry(
        "TST-005",
        "there is no kubeconfig entry for the cluster",
        "The specs run with the cluster owner's kubeconfig entry, and none of the kubeconfig files "
        "has it.",
        "Run `asterism kubeconfig merge NAME`, as the user who made the cluster.",
        ExitCode.NOT_FOUND,
    ),
)
