"""Kubernetes API access and kubeconfig files."""
