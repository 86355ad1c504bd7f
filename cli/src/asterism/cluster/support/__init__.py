"""Support bundles: everything needed to find a cause, in one file, without a secret in it.

`files`, `host`, `nodes` and `kubernetes` name what goes in: what is wanted, never what is not.
`redaction` takes out what secrets a log may hold all the same, `archive` writes the file. A part
that cannot be read says why, and nothing stops the rest.
"""
