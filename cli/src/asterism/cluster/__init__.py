"""Cluster orchestration. Prints nothing."""
