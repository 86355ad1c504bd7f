"""Owner keys, signed documents, authorities and certificates, the genesis. No network."""
