"""Faults that machines and hosts have in earnest, made on demand and taken back.

Each is a context manager, or a function with a counterpart; none needs a kernel module. What they
do is done from the host's side, to one cluster, by names and process numbers of that cluster only.
"""
