"""Emulated hardware without a node: what a verifier meets, on one thread's budget and without root.

A lab machine has the emulated TPM and secure processor of a real one and measured something; no
kernel, no agent. Attacks on sessions and evidence are tried here, where each takes milliseconds.
"""
