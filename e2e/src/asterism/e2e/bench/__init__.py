"""`make bench`: figures of one run on one computer, beside plain Kubernetes where that has them.

Nothing is asserted about time: a table is printed, for people to compare.
"""
