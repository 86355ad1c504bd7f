"""Versions of what a node is made of, and the names of the container images it starts."""

KUBERNETES = "v1.37.2"
ETCD_TAG = "3.7.3-0"
COREDNS_TAG = "v1.15.0"
PAUSE_TAG = "3.10.2"
AGNHOST_TAG = "2.66.1"

REGISTRY = "registry.k8s.io"
PAUSE_IMAGE = f"{REGISTRY}/pause:{PAUSE_TAG}"
AGNHOST_IMAGE = f"{REGISTRY}/e2e-test-images/agnhost:{AGNHOST_TAG}"
