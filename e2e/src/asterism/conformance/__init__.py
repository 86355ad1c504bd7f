"""Kubernetes' own conformance specs, run against a cluster of ours.

spec         what the suite holds
preparation  the suite on this computer, its images in the nodes, credentials for it
progress     what the running suite tells, spec by spec
ginkgo       the process that runs it
report       what it reports at its end
record       the results that are kept from run to run
artefacts    what remains of each failure
runner       all of it in order
"""
