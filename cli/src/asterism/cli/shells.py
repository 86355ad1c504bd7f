"""Completion in bash, zsh and fish: the scripts that shells load, and the answers they ask for.

A script runs `asterism` with `_ASTERISM_COMPLETE=SHELL_complete` and the words typed so far in
COMP_WORDS. The protocol is click's, the scripts are ours: bash cuts words at `=`, which `--set
KEY=VALUE` needs whole, zsh puts blanks behind it, and no script may write errors into the prompt.
"""

import os
from contextlib import suppress
from typing import ClassVar

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    shell_complete,
    split_arg_string,
)
from click.shell_completion import add_completion_class as register
from typing_extensions import override

from asterism.errors import ExitCode

PROGRAM = "asterism"
VARIABLE = "_ASTERISM_COMPLETE"
"""Holds what a script asks for; not set in an ordinary run."""

_BASH = """\
%(complete_func)s() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        file,*) compopt -o default ;;
        dir,*) compopt -o dirnames ;;
        plain,*)
            COMPREPLY+=("${line#plain,}")
            [[ $line != *= ]] || compopt -o nospace
            ;;
        esac
    done < <(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a plain described unfinished response
    local kind value meaning
    (( $+commands[%(prog_name)s] )) || return 1
    response=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
        %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")
    for kind value meaning in ${response}; do
        case $kind in
        file) _path_files -f ;;
        dir) _path_files -/ ;;
        plain)
            if [[ $value == *= ]]; then
                unfinished+=("$value:$meaning")
            elif [[ $meaning == _ ]]; then
                plain+=("$value")
            else
                described+=("$value:$meaning")
            fi
            ;;
        esac
    done
    (( ! $#unfinished )) || _describe -V unsorted unfinished -U -S ''
    (( ! $#described )) || _describe -V unsorted described -U
    (( ! $#plain )) || compadd -U -V unsorted -a plain
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -l response (COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) \\
        %(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
    for line in $response
        set -l item (string split -m 1 , $line)
        switch $item[1]
            case file
                __fish_complete_path $item[2]
            case dir
                __fish_complete_directories $item[2]
            case plain
                echo $item[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


@register
class Zsh(ZshComplete):
    """Puts no blank behind `KEY=`."""

    source_template: ClassVar[str] = _ZSH


@register
class Fish(FishComplete):
    """Says nothing when there is nothing to say."""

    source_template: ClassVar[str] = _FISH


@register
class Bash(BashComplete):
    """Takes the line as it was typed, and answers with what bash takes for the last word."""

    source_template: ClassVar[str] = _BASH

    @override
    def source(self) -> str:
        return ShellComplete.source(self)  # click's asks bash for its version, which takes a while

    @override
    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)[1:]
        if line[-1:].isspace() or not words:
            return words, ""
        return words[:-1], words[-1]

    @override
    def format_completion(self, item: CompletionItem[str]) -> str:
        _, incomplete = self.get_completion_args()
        before = incomplete[: incomplete.rfind("=") + 1]
        return f"{item.type},{item.value.removeprefix(before)}"


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def script(shell: str, cli: click.Command) -> str:
    """What `shell` has to load."""
    return SHELLS[shell](cli, {}, PROGRAM, VARIABLE).source()


def answer(cli: click.Command) -> int:
    """Write what may follow. Whatever goes wrong, a person who types is not disturbed."""
    with suppress(Exception):
        shell_complete(cli, {}, PROGRAM, VARIABLE, os.environ[VARIABLE])
    return ExitCode.OK
