"""Mutation testing: each fault is put into the code on its own, and the tests must notice it.

Of a verifier it is worth little to know that its lines were run; what counts is that a check that
is missing, weakened or turned round makes a test fail. Why not one of the known programs:
docs/design/mutation.md. Nothing here touches the checkout: it works on a copy.
"""
