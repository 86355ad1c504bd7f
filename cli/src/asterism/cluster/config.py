"""The settings of a cluster: one table of types, defaults and words, which the file format, its
JSON schema and docs/config.md all come from. Reading files is `config_file`'s work."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from asterism.cluster import names
from asterism.errors import UserError

API_VERSION = "asterism.dev/v1alpha1"


class Nodes(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How many machines the cluster has."""

    control_planes: Annotated[
        int, Meta(ge=1, le=7, description="Machines that run the API server and etcd; 1 for now.")
    ] = 1
    workers: Annotated[int, Meta(ge=0, le=100, description="Machines that run workloads only.")] = 1
    tee: Annotated[
        Literal["snp"], Meta(description="Kind of confidential machine: `snp` is SNP with a vTPM.")
    ] = "snp"
    memory: Annotated[
        int, Meta(ge=0, description="Mebibytes of memory of each machine; 0 is all of its host's.")
    ] = 0


class Policy(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What the owner demands of every machine, beside the measurements of the image."""

    production: Annotated[
        bool,
        Meta(description="Refuse emulated makers, debug and migratable guests."),
    ] = False
    epoch: Annotated[
        int, Meta(ge=1, description="Number of this policy; members refuse an older one.")
    ] = 1


class Cluster(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A cluster as its owner wants it."""

    api_version: Annotated[
        Literal["asterism.dev/v1alpha1"], Meta(description="Version of this format.")
    ] = "asterism.dev/v1alpha1"
    kind: Annotated[Literal["Cluster"], Meta(description="What the file describes.")] = "Cluster"
    name: Annotated[
        str,
        Meta(
            pattern=names.PATTERN,
            description="Name of the cluster: 1 to 30 of a-z, 0-9 and hyphen.",
        ),
    ] = "local"
    image: Annotated[
        str,
        Meta(
            pattern="^(current|[0-9a-f]{16}|/.+)$",
            description="ID or directory of the node image, or `current` for the newest one built.",
        ),
    ] = "current"
    nodes: Nodes = Nodes()
    policy: Policy = Policy()

    def machines(self) -> list[str]:
        """Names of all machines, control planes first."""
        control_planes = [
            names.control_plane(self.name, number + 1)
            for number in range(self.nodes.control_planes)
        ]
        workers = [names.worker(self.name, number + 1) for number in range(self.nodes.workers)]
        return control_planes + workers


def require_supported(cluster: Cluster) -> None:
    """UserError CFG-007 for what the format can say but no code does yet."""
    if cluster.nodes.control_planes != 1:
        raise UserError("CFG-007", f"{cluster.nodes.control_planes} control planes were asked for")
