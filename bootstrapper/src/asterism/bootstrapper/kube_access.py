"""The agent's own access to the API server of its control plane."""

from pathlib import Path

from asterism import clock
from asterism.bootstrapper import certificates, durable
from asterism.bootstrapper.authorities import Authorities
from asterism.kube.rest import ApiClient, ClientIdentity

DIRECTORY = Path("/run/asterism/kube")
"""Memory, readable by the agent only: the TLS library wants files."""


def api_client(
    authorities: Authorities, *, server: str, node: str, directory: Path = DIRECTORY
) -> ApiClient:
    """A client of `server` with a certificate issued now."""
    pair = certificates.KeyPair.generate()
    issued = certificates.agent_client(authorities.cluster, pair.request, node, clock.now())
    identity = ClientIdentity(directory / "agent.crt", directory / "agent.key")
    durable.write(identity.certificate, issued)
    durable.write(identity.key, pair.key)
    authority = authorities.cluster.certificate_pem
    return ApiClient(server, authority=authority, identity=identity)
