"""Kubernetes' end-to-end suite and the container images that it asks for, made on this computer.

Nothing of it is in a node image: it is built when conformance runs, and loaded into the cluster.
"""
