"""Entry point of `asterism`: parses, runs one command, turns failures into messages and codes."""

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import click

from asterism.cli import options
from asterism.cli.commands.table import COMMANDS
from asterism.cli.lazy import LazyGroup
from asterism.cluster import interrupts
from asterism.errors import ExitCode

# gRPC's fork handlers deadlock beside child processes; they are read when grpc is first imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

cli = LazyGroup(
    "asterism", COMMANDS, help="Asterism: confidential Kubernetes clusters, verified by you."
)
cli.context_settings = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
options.manners(cli)


def main() -> int:
    """Run the command line of this process; returns its exit code."""
    if "_ASTERISM_COMPLETE" in os.environ:
        from asterism.cli import shells

        return shells.answer(cli)
    _open_what_is_closed()
    interrupts.install()
    # Without -v nothing of the log is shown, not even by Python's last resort.
    logging.getLogger("asterism").addHandler(logging.NullHandler())
    code = run(sys.argv[1:])
    _give_up_unwritten()
    interrupts.leave(code)
    return code


def run(arguments: list[str]) -> int:
    """Run `arguments` and report failures on standard error; returns the exit code."""
    settings = options.Settings()
    try:
        code = cli.main(arguments, "asterism", standalone_mode=False, obj=settings)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as exc:
        click.echo(exc.format_message(), err=True)
        return ExitCode.USAGE
    except BrokenPipeError:
        return _reader_gone()
    except (Exception, KeyboardInterrupt) as exc:  # noqa: BLE001 - the outermost frame
        return _failed(exc, settings)
    return code if isinstance(code, int) else ExitCode.OK


def _failed(failure: BaseException, settings: options.Settings) -> int:
    from asterism.cli.render import failures
    from asterism.cli.translation import error_of

    error = error_of(failure)
    if not (settings.quiet and error.exit_code is ExitCode.INTERRUPTED):
        with suppress(OSError):  # nobody reads standard error; the code still tells
            failures.show(error, settings, failure)
    return error.exit_code


def _open_what_is_closed() -> None:
    """Standard streams that the caller closed lead nowhere, so that no file takes their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - open to the end


def _reader_gone() -> int:
    """The reader of our output has left, as in `| head`: nobody is there to be told."""
    _lead_nowhere(sys.stdout)
    return ExitCode.FAILURE


def _give_up_unwritten() -> None:
    """What a stream still holds and cannot write would change the exit code at Python's end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _lead_nowhere(stream)


def _lead_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
