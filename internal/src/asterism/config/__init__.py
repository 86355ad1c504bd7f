"""Facts that several components must agree on: addresses, ports, names, versions, paths."""
