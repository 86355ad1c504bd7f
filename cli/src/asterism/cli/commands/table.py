"""All commands with their help lines. Importing this imports no command."""

from asterism.cli.lazy import Noun, Table, Verb

_HERE = "asterism.cli.commands"

COMMANDS: Table = {
    "cluster": Noun(
        "Create, verify, inspect and delete clusters.",
        {
            "create": Verb(f"{_HERE}.cluster.create", "Create a cluster, or go on creating it."),
            "list": Verb(f"{_HERE}.cluster.list", "List the clusters of this computer."),
            "status": Verb(f"{_HERE}.cluster.status", "Show the state and the nodes of a cluster."),
            "verify": Verb(f"{_HERE}.cluster.verify", "Attest every node and say what is proven."),
            "delete": Verb(f"{_HERE}.cluster.delete", "Delete a cluster and all that it left."),
        },
    ),
    "node": Noun(
        "Look into single nodes.",
        {"logs": Verb(f"{_HERE}.node.logs", "Print the console of a machine.")},
    ),
    "kubeconfig": Noun(
        "Get, merge and remove kubeconfig entries.",
        {
            "get": Verb(f"{_HERE}.kubeconfig.get", "Print a kubeconfig with a new certificate."),
            "merge": Verb(f"{_HERE}.kubeconfig.merge", "Merge a cluster into your kubeconfig."),
            "remove": Verb(f"{_HERE}.kubeconfig.remove", "Remove a cluster from your kubeconfig."),
        },
    ),
    "trust": Noun(
        "Decide which makers of hardware you trust.",
        {
            "import": Verb(f"{_HERE}.trust.import_", "Record trust anchors after showing them."),
            "show": Verb(f"{_HERE}.trust.show", "Show the owner key and the recorded anchors."),
        },
    ),
    "image": Noun(
        "Build, measure and keep node images.",
        {
            "build": Verb(f"{_HERE}.image.build", "Build the node image (cached by content)."),
            "list": Verb(f"{_HERE}.image.list", "List the images of this computer."),
            "measure": Verb(f"{_HERE}.image.measure", "Compute an image's reference values."),
            "diff": Verb(f"{_HERE}.image.diff", "Show what differs between two images."),
            "load": Verb(f"{_HERE}.image.load", "Load container images into a cluster's nodes."),
            "prune": Verb(f"{_HERE}.image.prune", "Remove images that no cluster uses."),
        },
    ),
    "config": Noun(
        "Work with cluster configuration files.",
        {
            "init": Verb(f"{_HERE}.config.init", "Print a complete configuration to start from."),
            "validate": Verb(f"{_HERE}.config.validate", "Check a configuration file."),
            "schema": Verb(f"{_HERE}.config.schema", "Print the JSON schema of the file."),
        },
    ),
    "test": Noun(
        "Test a cluster.",
        {"conformance": Verb(f"{_HERE}.test.conformance", "Run Kubernetes' conformance specs.")},
    ),
    "explain": Verb(f"{_HERE}.explain", "Explain an error ID."),
    "doctor": Verb(f"{_HERE}.doctor", "Check what this computer must offer."),
    "support": Verb(f"{_HERE}.support", "Save what is needed to find a cause, without secrets."),
    "version": Verb(f"{_HERE}.version", "Print versions."),
    "completion": Verb(f"{_HERE}.completion", "Print a shell completion script."),
}
