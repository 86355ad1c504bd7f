"""Network plumbing: TLS client-hello routing, byte relays, netlink. The only importer of pyroute2."""
