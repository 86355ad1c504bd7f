"""JOI-*: genesis, init, join, grants, assignments, certificates, and the node's Kubernetes API."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

_REFUSED = ExitCode.ATTESTATION_REFUSED

ENTRIES: tuple[Entry, ...] = (
    # 0xx: admission of a machine by the trust service
    Entry(
        "JOI-001",
        "the grant names another cluster",
        "The owner signed this machine's admission grant for a cluster of another name.",
        "Create the machine again with the initdata of this cluster.",
        _REFUSED,
    ),
    Entry(
        "JOI-002",
        "the grant belongs to another creation",
        "The grant's create nonce is not the one that the genesis of this cluster records.",
        "Delete the machine and create it again with `asterism`.",
        _REFUSED,
    ),
    Entry(
        "JOI-003",
        "the grant is not signed by an owner of this cluster",
        "No key of the genesis signed the admission grant.",
        "Use the owner key that created the cluster.",
        _REFUSED,
    ),
    Entry(
        "JOI-004",
        "the grant was used by another machine",
        "A single-use grant admits one machine; another platform already holds its slot.",
        "Delete the earlier machine, then let the owner sign a new grant.",
        _REFUSED,
    ),
    Entry(
        "JOI-005",
        "the machine already holds another slot",
        "The platform identity (chip and TPM keys) is recorded under another node name.",
        "One machine is one node: create a machine of its own for this slot.",
        _REFUSED,
    ),
    Entry(
        "JOI-006",
        "the role of the grant cannot be given",
        "The grant names a role that this version does not admit by join.",
        "Let the owner sign a grant for a worker.",
        _REFUSED,
    ),
    Entry(
        "JOI-007",
        "no address is left",
        "Every mesh address or pod range of the cluster is assigned.",
        "Delete nodes that are not needed any more.",
    ),
    Entry(
        "JOI-008",
        "the purpose of the session does not allow this call",
        "Each purpose of an attested session has its own calls; this one is not among them.",
        "Open a session of the purpose that the call needs.",
        _REFUSED,
    ),
    Entry(
        "JOI-009",
        "the platform has no identity",
        "The evidence names no chip or no TPM key, so a slot cannot be bound to it.",
        "The machine's hardware or its emulation is incomplete.",
        _REFUSED,
    ),
    Entry(
        "JOI-010",
        "the node is not a member",
        "The session's machine has no assignment in this cluster.",
        "Let the node join first.",
        _REFUSED,
    ),
    Entry(
        "JOI-011",
        "nodes and their certificates are the trust service's",
        "A kubelet asked the API server for a Node object or a certificate. Both follow from "
        "evidence, and only the trust service makes them.",
        "Find out what uses the node's credentials: Asterism's kubelets never ask.",
        _REFUSED,
    ),
    # 1xx: what a joining node checks of the cluster
    Entry(
        "JOI-101",
        "the genesis is not signed by the owner of this machine",
        "The cluster that answered belongs to somebody else.",
        "Check the addresses in the machine's initdata.",
        _REFUSED,
    ),
    Entry(
        "JOI-102",
        "the control plane is bound to another cluster",
        "PCR 15 of the control plane's evidence is not that of the genesis it shows.",
        "Somebody answers in the place of the cluster, or a control plane was restored wrongly.",
        _REFUSED,
    ),
    Entry(
        "JOI-103",
        "the assignment does not fit the grant",
        "The trust service assigned a name or a role that the owner's grant does not hold.",
        "The control plane does not follow its own rules; do not use this cluster.",
        _REFUSED,
    ),
    Entry(
        "JOI-104",
        "a certificate of the answer does not fit",
        "A certificate of the join answer is not for this node's key, or not by its authority.",
        "The control plane does not follow its own rules; do not use this cluster.",
        _REFUSED,
    ),
    Entry(
        "JOI-105",
        "the policy of the cluster is older than the node's",
        "The trust service holds a policy of a lower epoch than the machine's initdata.",
        "Bring the cluster to the owner's newest policy.",
        _REFUSED,
    ),
    Entry(
        "JOI-106",
        "the node belongs to another cluster",
        "The node's state disk or PCR 15 is of another cluster than the one that answered.",
        "Delete the machine and create it again.",
        _REFUSED,
    ),
    Entry(
        "JOI-107",
        "no control plane of this creation answers",
        "The machine that answered is a worker, or was created for another cluster, by its grant.",
        "Check the addresses in the machine's initdata; delete what is left of earlier clusters.",
        _REFUSED,
    ),
    # 2xx: init of the first control plane
    Entry(
        "JOI-201",
        "this machine cannot begin a cluster",
        "Only a machine whose grant is for a control plane can be initialised.",
        "Send init to the first control plane.",
    ),
    Entry(
        "JOI-202",
        "another genesis exists",
        "This machine already began a cluster, and the request is not a continuation of it.",
        "Delete the cluster and create it again.",
        ExitCode.CONFLICT,
    ),
    Entry(
        "JOI-203",
        "the genesis was not signed as asked",
        "The owner's signature is missing, wrong, or by a key that the initdata does not name.",
        "Use the owner key that the machine was created for.",
        _REFUSED,
    ),
    Entry(
        "JOI-204",
        "init messages out of order",
        "The owner's side sent another message than the protocol has at this place.",
        "Use a command line of the same version as the node image.",
    ),
    Entry(
        "JOI-205",
        "a step of init failed",
        "A program or the Kubernetes API did not do what this step needs; its last lines follow.",
        "Repeat the command: init goes on at this step. `asterism support` collects the logs.",
    ),
    Entry(
        "JOI-207",
        "the policy of init is not the owner's",
        "The policy sent with init is not the one that this machine enforces, or has no signature.",
        "Use the configuration that the machine was created with.",
        _REFUSED,
    ),
    # 3xx: certificates and requests for them
    # 4xx: the node's view of the Kubernetes API
    Entry(
        "JOI-401",
        "the Kubernetes API refused a request",
        "The API server answered with an error; its message is shown.",
        "Read the message; `asterism cluster status` shows the state of the control plane.",
    ),
    Entry(
        "JOI-402",
        "the Kubernetes API does not answer",
        "The API server is not reachable or not ready yet.",
        "Wait for the control plane, then repeat the command.",
        ExitCode.TIMEOUT,
    ),
    # 5xx: state and surroundings of a node
    Entry(
        "JOI-501",
        "the node's state is broken",
        "A file of the agent on the state disk cannot be read as what it should be.",
        "Delete the machine and create it again; the disk's content is not trusted.",
    ),
    Entry(
        "JOI-502",
        "no control plane admitted this node yet",
        "None of the addresses in the initdata answered, or all refused; the last reason is shown.",
        "See the refusal's own ID; the node tries again by itself.",
        ExitCode.TIMEOUT,
    ),
    Entry(
        "JOI-503",
        "an image could not be loaded",
        "The container runtime refused the archive; its last lines are shown.",
        "Give an OCI or Docker archive, as `docker save` or `skopeo copy oci-archive:` write it.",
    ),
    Entry(
        "JOI-504",
        "PCR 15 holds something else",
        "The register is neither empty nor bound to this node's cluster; it cannot be reset.",
        "Restart the machine.",
        _REFUSED,
    ),
    Entry(
        "JOI-505",
        "the state disk is of another cluster",
        "Authorities or ledger on the state disk do not fit the genesis that the owner signed.",
        "The disk was exchanged or changed by its host. Delete the cluster and create it again.",
        _REFUSED,
    ),
)
