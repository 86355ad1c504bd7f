"""All targets, by name."""

from asterism.e2e.fuzz.target import Target


def targets() -> dict[str, Target]:
    """Every target; the parsers are imported only here, so that they can be instrumented."""
    from asterism.e2e.fuzz.targets import ALL

    return {target.name: target for target in ALL}
