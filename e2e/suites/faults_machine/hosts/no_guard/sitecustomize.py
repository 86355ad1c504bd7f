"""A host that does not look after its machines' TPMs.

Python imports this module at its start when its folder is on PYTHONPATH.
"""

from asterism.machine.providers.sandbox import guards


def blind(guard: guards.TpmGuard, _pid: int) -> None:
    """Watch nothing."""
    guard.descriptor = None


guards.TpmGuard.__init__ = blind  # type: ignore[method-assign,assignment]
