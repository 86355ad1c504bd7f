"""What all commands have in common."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from asterism.cli import main
from asterism.cli.commands.table import COMMANDS
from asterism.cli.lazy import Noun, Verb, load
from asterism.cluster.home import OwnerHome
from asterism.errors import ExitCode

VERBS = [
    pytest.param(name if verb_name is None else f"{name} {verb_name}", verb)
    for name, item in COMMANDS.items()
    for verb_name, verb in (item.verbs.items() if isinstance(item, Noun) else [(None, item)])
]


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_every_command_of_the_table_exists_and_helps(name: str, verb: Verb) -> None:
    """Its module holds a command with help for itself and each of its options."""
    command = load(verb)
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"
    done = CliRunner().invoke(main.cli, [*name.split(), "--help"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_every_command_takes_the_common_options(name: str, verb: Verb) -> None:
    """`-q`, `-v` and `--log-format` may stand behind any command."""
    del name
    options = {option for parameter in load(verb).params for option in parameter.opts}
    assert {"--quiet", "--verbose", "--log-format"} <= options


def test_without_arguments_help_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The help goes to standard error, exit code 2."""
    assert main.run([]) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert not shown.out
    assert "cluster" in shown.err


@pytest.mark.parametrize("words", [["cluster", "no"], ["cluster", "list", "--no"], ["no"]], ids=str)
def test_slips_are_usage_errors(words: list[str]) -> None:
    """Unknown commands and options end with 2."""
    assert main.run(words) == ExitCode.USAGE


def test_an_error_names_its_id_cause_and_hint(
    capsys: pytest.CaptureFixture[str], home: OwnerHome, clusters: Path
) -> None:
    """Standard output stays empty; the exit code is the catalogue's."""
    del home, clusters
    assert main.run(["cluster", "status", "nowhere"]) == ExitCode.NOT_FOUND
    shown = capsys.readouterr()
    assert not shown.out
    assert shown.err.startswith("error[CLU-001]: no such cluster: `nowhere`")
    assert "hint:" in shown.err
    assert "asterism explain CLU-001" in shown.err


def test_errors_can_be_json(
    capsys: pytest.CaptureFixture[str], home: OwnerHome, clusters: Path
) -> None:
    """`--log-format json` gives one object a line, before or after the command's name."""
    del home, clusters
    for words in (
        ["--log-format", "json", "cluster", "status", "nowhere"],
        ["cluster", "status", "nowhere", "--log-format", "json"],
    ):
        main.run(words)
        document = json.loads(capsys.readouterr().err)
        assert document["error"] == "CLU-001"
        assert document["exitCode"] == ExitCode.NOT_FOUND


def test_bugs_are_internal_errors(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen exception has an ID too, and a traceback only with -vv."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(main.cli, "main", broken)
    assert main.run(["version"]) == ExitCode.FAILURE
    shown = capsys.readouterr().err
    assert "error[INT-001]" in shown
    assert "Traceback" not in shown


def test_an_interrupt_has_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with 130."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.cli, "main", interrupted)
    assert main.run(["version"]) == ExitCode.INTERRUPTED


def test_results_come_in_a_versioned_envelope(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON and YAML carry version and kind."""
    assert main.run(["version", "-o", "json"]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert document["apiVersion"] == "asterism.dev/v1alpha1"
    assert document["kind"] == "Version"
    assert main.run(["version", "-o", "yaml"]) == ExitCode.OK
    assert "kind: Version" in capsys.readouterr().out


def test_list_of_nothing_is_a_result(capsys: pytest.CaptureFixture[str], clusters: Path) -> None:
    """No cluster is not an error."""
    del clusters
    assert main.run(["cluster", "list"]) == ExitCode.OK
    assert capsys.readouterr().out == "No clusters.\n"


def test_completion_knows_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bash script is printed, and completing `cluster` offers its verbs."""
    from click.shell_completion import ShellComplete

    assert main.run(["completion", "bash"]) == ExitCode.OK
    monkeypatch.setattr("asterism.cluster.state.names", lambda: ["alpha", "beta"])
    complete = ShellComplete(main.cli, {}, "asterism", "_ASTERISM_COMPLETE")
    verbs = [item.value for item in complete.get_completions(["cluster"], "")]
    assert "create" in verbs
    names = [item.value for item in complete.get_completions(["cluster", "status"], "al")]
    assert names == ["alpha"]
    monkeypatch.setattr("asterism.cluster.state.machines", lambda: ["alpha-cp-1"])
    machines = [item.value for item in complete.get_completions(["node", "logs"], "")]
    assert machines == ["alpha-cp-1"]


def test_explain_shows_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    """Upper and lower case are the same; an unknown ID is not found."""
    assert main.run(["explain", "clu-001"]) == ExitCode.OK
    assert "no such cluster" in capsys.readouterr().out
    assert main.run(["explain", "XXX-999"]) == ExitCode.NOT_FOUND
