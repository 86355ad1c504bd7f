"""The kinds of machine that this installation can make, and what must be said of each everywhere.

Every output about machines carries their labels: nobody may take emulated hardware for real (L10).
"""

from collections.abc import Mapping
from types import MappingProxyType

PROVIDERS: Mapping[str, tuple[str, ...]] = MappingProxyType({"sandbox": ("EMULATED",)})
"""Labels by the name of the provider; none for real hardware."""

LABELS: tuple[str, ...] = PROVIDERS["sandbox"]
"""Of the machines that `cluster create` makes."""
