"""What all commands have in common."""

import errno
import json
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from asterism.cli import main, options
from asterism.cli.commands.table import COMMANDS
from asterism.cli.lazy import Noun, Verb, load
from asterism.cluster.home import OwnerHome
from asterism.errors import ExitCode, UserError
from asterism.errors.catalogue import entries

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


FIXED = {
    "config init", "config schema", "kubeconfig get", "completion",
}  # fmt: skip
"""Print a document of a form of its own."""
DOING = {
    "cluster create", "cluster delete", "kubeconfig merge", "kubeconfig remove", "node logs",
    "trust import", "config validate",
}  # fmt: skip
"""Do something, or pass on what they find; `cluster create` has a stream of events."""


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_every_reading_command_has_every_form(name: str, verb: Verb) -> None:
    """`-o` takes table, wide, json, yaml and name, in this order."""
    found = [option for option in load(verb).params if option.name == "output"]
    if name in FIXED | DOING:
        return
    (option,) = found
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == options.READING


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


@pytest.mark.parametrize("failure", [PermissionError(13, "no"), UserError("CLU-001", "gone")])
def test_what_may_not_be_read_is_not_offered(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """TAB is never answered with an error."""
    from asterism.cli import shells

    def refuse() -> list[str]:
        raise failure

    monkeypatch.setattr("asterism.cluster.state.names", refuse)
    monkeypatch.setenv("_ASTERISM_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "asterism cluster status ")
    assert shells.answer(main.cli) == ExitCode.OK
    shown = capfd.readouterr()
    assert not shown.out.strip()
    assert not shown.err


@pytest.mark.parametrize("code", [code for code in ExitCode if code != ExitCode.OK], ids=str)
def test_an_error_ends_with_the_code_of_its_entry(
    code: ExitCode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of the documented codes are some entry's."""
    error_id = next(name for name, entry in entries().items() if entry.exit_code == code)

    def fail(*_: object, **__: object) -> None:
        raise UserError(error_id, "it is so")

    monkeypatch.setattr(main.cli, "main", fail)
    assert main.run([]) == code
    assert f"error[{error_id}]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "error_id"),
    [
        (errno.ENOENT, "FIL-001"),
        (errno.EACCES, "FIL-002"),
        (errno.ENOSPC, "FIL-003"),
        (errno.EISDIR, "FIL-004"),
        (errno.EIO, "FIL-005"),
    ],
)
def test_what_the_operating_system_refuses_has_an_id(
    number: int, error_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the place and the system's own words."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/some/place")

    monkeypatch.setattr(main.cli, "main", fail)
    assert main.run([]) == entries()[error_id].exit_code
    shown = capsys.readouterr().err
    assert f"error[{error_id}]" in shown
    assert f"/some/place: {os.strerror(number)}" in shown


def test_explain_shows_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    """Upper and lower case are the same; an unknown ID is not found."""
    assert main.run(["explain", "clu-001"]) == ExitCode.OK
    assert "no such cluster" in capsys.readouterr().out
    assert main.run(["explain", "XXX-999"]) == ExitCode.NOT_FOUND
    assert main.run(["explain", "-o", "name"]) == ExitCode.OK
    assert capsys.readouterr().out.split() == list(entries())
