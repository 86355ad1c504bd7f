"""Evidence, policy, verification: what is proven about a peer and under which root. Pure: time is an input."""
