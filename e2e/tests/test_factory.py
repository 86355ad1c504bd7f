"""What the factory asks the command line for."""

from itertools import pairwise

from asterism.cluster import config_file
from asterism.e2e.factory import Wanted, ended_steps, unique_name


def test_every_wish_is_a_setting_that_the_command_line_knows() -> None:
    """The overrides are accepted by the configuration's own reader."""
    words = Wanted(workers=3, image="current").arguments()
    overrides = [word for option, word in pairwise(words) if option == "--set"]
    settings = config_file.load(None, None, overrides)
    assert settings.nodes.workers == 3
    assert settings.nodes.control_planes == 1


def test_steps_are_taken_from_the_events_in_the_order_of_their_ends() -> None:
    """Started, failed and skipped steps and the result do not count."""
    output = "\n".join(
        [
            '{"type": "step", "step": "a", "state": "started", "title": "", "ms": 0}',
            '{"type": "step", "step": "b", "state": "done", "title": "", "ms": 1}',
            '{"type": "step", "step": "a", "state": "done", "title": "", "ms": 2}',
            '{"type": "step", "step": "c", "state": "skipped", "title": "", "ms": 0}',
            '{"type": "result", "name": "x"}',
        ]
    )
    assert ended_steps(output) == ["b", "a"]


def test_names_are_short_and_never_repeat() -> None:
    """Room is left for the names of machines and namespaces."""
    names = {unique_name() for _ in range(50)}
    assert len(names) == 50
    assert max(map(len, names)) <= 30
