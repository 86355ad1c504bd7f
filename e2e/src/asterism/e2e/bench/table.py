"""The table that the benchmark prints."""

from dataclasses import dataclass

SECONDS = "s"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what, how much, in which unit, and what it should be (empty: nothing said)."""

    what: str
    value: float
    unit: str = SECONDS
    goal: str = ""

    def cells(self) -> tuple[str, str, str]:
        """What is printed."""
        digits = 0 if abs(self.value) >= 100 else 2
        return self.what, f"{self.value:.{digits}f} {self.unit}", self.goal


def rendered(rows: list[Row]) -> str:
    """The rows as columns with a heading."""
    lines = [("", "measured", "goal"), *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(3)]
    return "\n".join(
        f"{what:<{widths[0]}}  {value:>{widths[1]}}  {goal}".rstrip() for what, value, goal in lines
    )
