"""L10, outputs that lose the word EMULATED. Taken away: the command line writes its labels.

Python imports this module at its start when its folder is on PYTHONPATH.
"""

import re
from typing import Any

import click

write = click.echo


def without_label(message: Any = None, *arguments: Any, **options: Any) -> None:
    """Write what is to be written, but for that word."""
    text = re.sub("emulated", "genuine", str(message), flags=re.IGNORECASE)
    write(text, *arguments, **options)


click.echo = without_label
