"""How a cluster begins: the genesis, its authorities, and the first control plane."""
