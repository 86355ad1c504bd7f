"""Evidence, policy, verification: what is proven about a peer, and under which root.

Pure: no I/O, and time is an input.
"""
