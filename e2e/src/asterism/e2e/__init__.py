"""Test harness: a pytest plugin that makes real confidential clusters and looks after them.

Nothing here is part of the product: the harness drives it from outside, through the command line,
the Kubernetes API and what the host can see. Only the suites know what is right.
"""
