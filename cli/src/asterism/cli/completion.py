"""What a shell may offer at TAB: names of what there is. Never an error, and never slow.

Everything is read from file names and records that this user may read. What he may not read, or
what is not there, is not offered.
"""

from collections.abc import Callable, Iterable, Mapping

import click
from click.shell_completion import CompletionItem
from typing_extensions import override

from asterism.errors import Error

Offer = Callable[[], Iterable[str] | Mapping[str, str]]
"""Gives values, or values with what each one means."""


class Offered(click.ParamType[str]):
    """A text that is completed from `offer`."""

    def __init__(self, name: str, offer: Offer) -> None:
        self.name = name
        self._offer = offer

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """All values that begin so."""
        try:
            found = self._offer()
            meanings = found if isinstance(found, Mapping) else dict.fromkeys(found, "")
        except (OSError, Error):
            return []
        return [
            CompletionItem(value, help=meaning or None)
            for value, meaning in meanings.items()
            if value.startswith(incomplete)
        ]


class ClusterName(Offered):
    """A cluster's name, completed from this computer's state."""

    def __init__(self) -> None:
        super().__init__("name", _clusters)


class MachineName(Offered):
    """A machine's name, completed from the records of all clusters."""

    def __init__(self) -> None:
        super().__init__("machine", _machines)


class ImageId(Offered):
    """An image's ID, or `current`; a directory is taken as well."""

    def __init__(self) -> None:
        super().__init__("image", _images)


class ErrorId(Offered):
    """A stable error ID, completed from the catalogue in upper or lower case."""

    def __init__(self) -> None:
        super().__init__("id", _errors)

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """All IDs that begin so."""
        return super().shell_complete(ctx, param, incomplete.upper())


class Setting(Offered):
    """KEY=VALUE of one setting, completed up to the `=`, and beyond it where values are few."""

    def __init__(self) -> None:
        super().__init__("setting", _settings)


def _clusters() -> Iterable[str]:
    from asterism.cluster import state

    return state.names()


def _machines() -> Iterable[str]:
    from asterism.cluster import state

    return state.machines()


def _images() -> Iterable[str]:
    from asterism.config import paths

    folders = [item.name for item in paths.IMAGES.iterdir() if item.is_dir()]
    return sorted(name for name in folders if not name.startswith("."))


def _errors() -> Mapping[str, str]:
    from asterism.errors.catalogue import entries

    return {name: entry.title for name, entry in entries().items()}


def _settings() -> Mapping[str, str]:
    from asterism.cluster import settings

    return settings.assignments()
