"""The node image: built, stored, measured. Runs on a host that builds; never in a node.

What a node consists of is data beside this package: `images/go` (Go modules with pinned versions),
`images/root` (files laid over the Debian root), `images/root.lock` (Debian packages). This package
turns it into files whose hashes can be predicted; it starts no machine and judges no evidence.
"""
