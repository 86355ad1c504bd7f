"""CLU-* and KCF-*: cluster life cycle and kubeconfig."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "CLU-001",
        "no such cluster",
        "This computer holds no state of a cluster with that name.",
        "`asterism cluster list` shows the clusters of this computer.",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "CLU-002",
        "another command works on this cluster",
        "A cluster is changed by one command at a time; another one holds its lock.",
        "Wait for the other command to end, or interrupt it, then repeat this one.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "CLU-003",
        "the cluster exists with other settings",
        "`cluster create` goes on with what there is, so it takes only the settings that the "
        "cluster was begun with.",
        "Repeat the command with the first settings or without any, or run "
        "`asterism cluster delete NAME` first.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "CLU-005",
        "nothing is pinned for this cluster",
        "Your configuration has no record of this cluster's identity, so whatever answers could "
        "not be told from an impostor.",
        "Work as the user who created the cluster; if its creation was interrupted, run "
        "`asterism cluster create NAME` again.",
        ExitCode.ATTESTATION_REFUSED,
    ),
    Entry(
        "CLU-006",
        "this is another cluster",
        "The machine that answered belongs to a cluster other than the one pinned in your "
        "configuration. A host can lead you to any genuine cluster of its own.",
        "Do not use it. If you deleted and made the cluster anew as another user, the pin of this "
        "user is stale: `asterism cluster delete NAME` as this user removes it.",
        ExitCode.ATTESTATION_REFUSED,
    ),
    Entry(
        "CLU-007",
        "a condition was not met in time",
        "The cluster runs, but one named condition was still unmet when the time was up.",
        "The support bundle tells more. If the cluster was kept (`--retain`), `asterism cluster "
        "create NAME` waits again; with `--timeout` it waits longer.",
        ExitCode.TIMEOUT,
    ),
    Entry(
        "CLU-008",
        "root is needed",
        "Machines on this computer are made of namespaces, mounts and devices, which need root.",
        "Repeat the command with sudo. Your own configuration and kubeconfig are used all the "
        "same, and what is written there stays yours.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "CLU-009",
        "no trust anchors",
        "Which chip and TPM makers you trust is your decision, and none has been recorded, so no "
        "machine could be verified.",
        "For emulated machines run `sudo asterism trust import --emulated`; for anchors from "
        "elsewhere run `asterism trust import FILE`.",
        ExitCode.HOST_PRECONDITION,
    ),
    Entry(
        "CLU-010",
        "a trust anchor has changed",
        "The anchor that is offered differs from the one recorded in your configuration. The "
        "maker's keys were made anew, or somebody wants you to trust other ones.",
        "If you expected the change, compare the fingerprints and run "
        "`asterism trust import --replace`.",
        ExitCode.ATTESTATION_REFUSED,
    ),
    Entry(
        "CLU-011",
        "the genesis was not signed",
        "The first control plane offered a genesis document that does not say what was asked "
        "for: owner keys, policy and the machine just attested must be exactly those.",
        "Nothing was signed and nothing secret was sent. Delete the cluster and look at the image.",
        ExitCode.ATTESTATION_REFUSED,
    ),
    Entry(
        "CLU-012",
        "the reference values are not signed by you",
        "A policy may only name measurements that the owner's key (or a release key the owner "
        "accepted) has signed.",
        "Build the image as this owner with `sudo asterism image build`, or import it.",
        ExitCode.ATTESTATION_REFUSED,
    ),
    Entry(
        "CLU-013",
        "the cluster cannot be reached",
        "The relay on 127.0.0.1 or the machine behind it does not answer.",
        "Any command run by root starts the relay again, e.g. `sudo asterism cluster status NAME`; "
        "`asterism cluster list` shows which machines run.",
    ),
    Entry(
        "CLU-014",
        "the recorded state cannot be read",
        "A state file of this cluster is damaged or was written by another version.",
        "`asterism cluster delete NAME` works all the same; then create the cluster again.",
    ),
    Entry(
        "CLU-015",
        "this is not the machine that was made",
        "The machine proved that it was started with another initdata document than the one "
        "written for it, so it has other owners, another policy or another grant.",
        "The host has exchanged a document. Delete the cluster and do not trust this host.",
        ExitCode.ATTESTATION_REFUSED,
    ),
    Entry(
        "CLU-016",
        "the control plane could not be set up",
        "The attested machine reported a failure while it brought up Kubernetes.",
        "The support bundle has the machine's console and journal. If the cluster was kept "
        "(`--retain`), `asterism cluster create NAME` goes on where it stopped.",
    ),
    Entry(
        "CLU-017",
        "no such machine",
        "No cluster of this computer, or of your pins, has a machine with that name.",
        "`asterism cluster status NAME` lists the machines of a cluster.",
        ExitCode.NOT_FOUND,
    ),
    Entry(
        "CLU-018",
        "the API server refused a request",
        "Kubernetes answered a request of the command line with an error.",
        "The status and the message above are those of the API server.",
    ),
    Entry(
        "KCF-001",
        "the kubeconfig is locked",
        "Another program is changing the file: kubectl and its kin make FILE.lock while they do.",
        "Repeat the command. If no such program runs any more, remove the lock file.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "KCF-002",
        "not a kubeconfig",
        "The file is not the YAML mapping that kubectl would read. It was left as it is.",
        "Repair or move the file, or name another one with `--kubeconfig`.",
        ExitCode.CONFIG_INVALID,
    ),
    Entry(
        "KCF-003",
        "an entry of that name is not ours",
        "The kubeconfig holds an entry with the name Asterism would use, without its mark.",
        "Rename that entry, or name another file with `--kubeconfig`.",
        ExitCode.CONFLICT,
    ),
)
