"""Machines as namespaces at native speed: the kernel of the image is measured, not run."""
