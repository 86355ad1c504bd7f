"""What can be fuzzed: one parser with examples of what it reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """The grammar of a target's inputs; chooses the mutator beside that of plain bytes."""

    BYTES = "bytes"
    DER = "der"
    JSON = "json"
    CANONICAL_JSON = "canonical-json"
    PROTOBUF = "protobuf"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Target:
    """One parser.

    `parse` takes foreign bytes as the product would; `seeds` gives good ones. `covers` are the
    product's functions (module and qualified name) whose reading it tries; the completeness test
    compares them with the source. `words` are tokens that the mutators sprinkle in, `maximum` is
    the size of the largest input in bytes.
    """

    name: str
    parse: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]
    shape: Shape
    covers: tuple[str, ...]
    words: tuple[bytes, ...] = ()
    maximum: int = 4096
