"""The machine's host socket: what a node may ask of its untrusted host."""

from asterism.machine.host_service.server import HostServer, serve

__all__ = ["HostServer", "serve"]
