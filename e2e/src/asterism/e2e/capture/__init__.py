"""Records what passes on the wires between a cluster's machines, and reads it back."""
