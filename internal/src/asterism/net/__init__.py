"""Network plumbing: TLS client-hello routing, byte relays, namespaces and links."""
