"""Manual pages: one for each command, well-formed for both programs that show them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asterism import proc
from asterism.cli import manual
from asterism.cli.commands.table import COMMANDS
from asterism.cli.lazy import Noun

LINK = Path(__file__).parents[1] / "link.sh"
PROGRAM = Path(sys.executable).with_name("asterism")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All pages."""
    manual.write(tmp_path / "man1")
    return tmp_path / "man1"


def test_every_command_has_a_page(folder: Path) -> None:
    """The program, each noun and each command; a page of a command that is no more goes."""
    stale = folder / "asterism-gone.1"
    stale.touch()
    manual.write(folder)
    wanted = {"asterism.1"}
    for name, item in COMMANDS.items():
        wanted.add(f"asterism-{name}.1")
        if isinstance(item, Noun):
            wanted |= {f"asterism-{name}-{verb}.1" for verb in item.verbs}
    assert {path.name for path in folder.iterdir()} == wanted


def test_a_page_says_what_help_says() -> None:
    """Options with their help, examples as they are typed, and all exit codes."""
    page = manual.pages()["asterism-cluster-verify.1"]
    assert "\\-\\-save FILE" in page
    assert ".SH EXAMPLES\n.nf\nasterism cluster verify test \\-\\-save evidence.jsonl\n" in page
    assert ".B 6\nattestation refused" in page


def test_no_line_of_text_becomes_a_request() -> None:
    """A line that begins with a dot or an apostrophe would be swallowed."""
    assert manual._lines(".config is a folder") == "\\&.config is a folder\n"
    assert manual._lines("a-b\\c") == "a\\-b\\ec\n"


@pytest.mark.tools
def test_mandoc_finds_nothing_to_complain_of(folder: Path) -> None:
    """Errors, warnings and matters of style."""
    done = proc.run(
        ["mandoc", "-T", "lint", "-W", "base,stop", *sorted(folder.iterdir())], check=False
    )
    assert not done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.tools
def test_man_shows_pages_where_make_cluster_puts_them(tmp_path: Path) -> None:
    """`man asterism` and `man asterism cluster`, without a warning of groff."""
    done = subprocess.run(
        ["bash", LINK, PROGRAM], env=os.environ | {"PREFIX": str(tmp_path)}, check=False
    )
    assert done.returncode == 0
    environment = os.environ | {"MANPATH": str(tmp_path / "share/man"), "LC_ALL": "C.UTF-8"}
    for words in (["asterism"], ["asterism", "cluster"], ["asterism-cluster-create"]):
        shown = proc.run(["man", "--warnings", "-E", "UTF-8", *words], env=environment)
        assert "DESCRIPTION" in shown.text
        assert not shown.stderr


@pytest.mark.tools
def test_completion_is_put_where_shells_look(tmp_path: Path) -> None:
    """bash-completion, zsh's site functions and fish's vendor folder; other's programs stay."""
    (tmp_path / "bin").mkdir()
    foreign = tmp_path / "bin" / "kubectl"
    foreign.write_text("not ours")
    subprocess.run(
        ["bash", LINK, PROGRAM, "/nowhere/kubectl"],
        env=os.environ | {"PREFIX": str(tmp_path)},
        check=True,
    )
    share = tmp_path / "share"
    assert "complete -o nosort" in (share / "bash-completion/completions/asterism").read_text()
    assert (share / "zsh/site-functions/_asterism").read_text().startswith("#compdef asterism")
    assert (share / "fish/vendor_completions.d/asterism.fish").exists()
    assert foreign.read_text() == "not ours"
    assert (tmp_path / "bin" / "asterism").resolve() == PROGRAM.resolve()
