"""One process for each cluster that leads from 127.0.0.1 into the cluster's network.

It is untrusted: it sees the TLS server name and ciphertext, no more, and ends no TLS itself.
"""
