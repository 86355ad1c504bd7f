"""The pytest plugin `asterism`: confidential clusters as fixtures.

It is loaded into every pytest run of the environment it is installed in, so it imports next to
nothing until a test asks for a fixture.
"""
