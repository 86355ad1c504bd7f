"""Interfaces, with an `ip` that answers as the test wants."""

from collections.abc import Callable, Sequence

import pytest

from asterism.errors import ProvisionError
from asterism.net import links
from asterism.proc import Completed


@pytest.fixture
def ip(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[bool]], None]:
    """An `ip` that finds the interface or not, in this order, and never removes it."""

    def answer(found: list[bool]) -> None:
        def run(argv: Sequence[str], **_: object) -> Completed:
            if "show" not in argv:
                raise ProvisionError("INT-002", "ip: exit code 1")
            return Completed(0 if found.pop(0) else 1, b"", b"")

        monkeypatch.setattr(links, "run", run)

    return answer


def test_an_interface_that_the_kernel_removed_meanwhile_is_no_failure(
    ip: Callable[[list[bool]], None],
) -> None:
    """The other end of a dead node's cable goes by itself, a little later."""
    ip([True, False])
    links.delete("cable")


def test_an_interface_that_stays_is_a_failure(ip: Callable[[list[bool]], None]) -> None:
    """What `ip` said is raised."""
    ip([True, True])
    with pytest.raises(ProvisionError) as refused:
        links.delete("cable")
    assert refused.value.error_id == "INT-002"
