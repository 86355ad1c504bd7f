"""`make fuzz`: every parser that meets foreign bytes, fed with what nobody would send.

A parser may answer or raise an `asterism.errors.Error`; anything else, a hang or a crash is a
finding. `targets/` is the registry, `mutators/` makes inputs, `judge` decides about one input,
`worker` runs one target in a process of its own, `campaign` runs them all. docs/design/fuzzing.md.
"""
