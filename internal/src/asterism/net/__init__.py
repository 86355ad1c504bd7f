"""Network plumbing: TLS client-hello routing, byte relays, netlink. Only importer of pyroute2."""
