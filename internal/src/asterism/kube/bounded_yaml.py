"""What must be known of YAML before PyYAML builds anything of it.

Its C loader recurses without a bound, so that deep text ends the process, and its constructors
raise whatever Python does for a tag that does not fit its value.
"""

from typing import Final

import yaml

MAX_DEPTH: Final = 64
UNREADABLE: Final = (
    yaml.YAMLError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
)
"""What parsing, composing or loading may raise for text that is no YAML."""

_BEGIN = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_END = (yaml.SequenceEndEvent, yaml.MappingEndEvent)


def require_bounded(text: str, *, aliases: bool) -> None:
    """One of UNREADABLE for what is nested too deep, or has aliases where there may be none.

    A few aliases of aliases make a document that nobody can walk through to its end.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, _BEGIN):
            depth += 1
        elif isinstance(event, _END):
            depth -= 1
        if depth > MAX_DEPTH:
            msg = f"nested deeper than {MAX_DEPTH} levels"
            raise yaml.YAMLError(msg)
        if isinstance(event, yaml.AliasEvent) and not aliases:
            msg = "an alias"
            raise yaml.YAMLError(msg)
