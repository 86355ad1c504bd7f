"""Entry point of `asterism`: parses, runs one command, turns failures into messages and codes."""

import logging
import os
import signal
import sys
from types import FrameType

import click

from asterism.cli import options
from asterism.cli.commands.table import COMMANDS
from asterism.cli.lazy import LazyGroup
from asterism.errors import Error, ExitCode

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
    signal.signal(signal.SIGTERM, _interrupt)
    # Libraries speak with -v only: what they would say of errors is said in our own words.
    logging.getLogger("asterism").addHandler(logging.NullHandler())
    return run(sys.argv[1:])


def run(arguments: list[str]) -> int:
    """Run `arguments` and report failures on standard error; returns the exit code."""
    settings = options.Settings()
    try:
        code = cli.main(arguments, "asterism", standalone_mode=False, obj=settings)
    except click.exceptions.NoArgsIsHelpError as exc:
        click.echo(exc.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _interrupted(settings)
    except BrokenPipeError:
        return _broken_pipe()
    except Error as exc:
        return _failed(exc, settings)
    except Exception as exc:  # noqa: BLE001 - the outermost frame
        return _bug(exc, settings)
    return code if isinstance(code, int) else ExitCode.OK


def _failed(error: Error, settings: options.Settings) -> int:
    from asterism.cli.render import failures

    failures.show(error, settings)
    return error.exit_code


def _bug(error: Exception, settings: options.Settings) -> int:
    from asterism.errors import InternalError

    if settings.verbosity > 1:
        import traceback

        traceback.print_exception(error)
    return _failed(InternalError("INT-001", f"{type(error).__name__}: {error}"), settings)


def _interrupted(settings: options.Settings) -> int:
    if not settings.quiet:
        click.echo("\ninterrupted", err=True)
    return ExitCode.INTERRUPTED


def _broken_pipe() -> int:
    """The reader of our output has gone, as in `| head`; nobody is left to tell."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILURE


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
