"""How long single commands take, started afresh each time."""

from asterism import clock
from asterism.e2e.bench.table import Row
from asterism.e2e.home import Home

REPEATS = 5


def command_rows(home: Home, cluster: str) -> list[Row]:
    """The shortest of several runs of each command that people wait for."""
    return [
        Row("asterism --help", shortest(home, "--help"), goal="0.15"),
        Row("asterism version", shortest(home, "version"), goal="0.15"),
        Row("asterism cluster list", shortest(home, "cluster", "list"), goal="0.40"),
        Row("asterism cluster status", shortest(home, "cluster", "status", cluster), goal="0.40"),
        Row("asterism cluster verify", shortest(home, "cluster", "verify", cluster)),
    ]


def shortest(home: Home, *arguments: str) -> float:
    """Seconds of the fastest of REPEATS runs, the first one left out."""
    return min([_seconds(home, arguments) for _ in range(REPEATS + 1)][1:])


def _seconds(home: Home, arguments: tuple[str, ...]) -> float:
    began = clock.monotonic()
    home.asterism(*arguments)
    return clock.monotonic() - began
