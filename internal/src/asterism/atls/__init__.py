"""Attested TLS sessions and gRPC inside them. The only importer of pyOpenSSL."""
