#!/bin/bash
# link.sh PROGRAM...: put each program on everybody's PATH as a link in /usr/local/bin, with the
# manual pages and the shell completion of `asterism`. PREFIX=DIRECTORY for another place.
#
# What somebody else put there is left alone and said.
set -euo pipefail

prefix=${PREFIX:-/usr/local}
export PYTHONDONTWRITEBYTECODE=1

manual() { # manual ASTERISM: its pages, and its completion where each shell looks for such
    local share=$prefix/share
    "$(dirname "$1")/python" -m asterism.cli.manual "$share/man/man1"
    mkdir -p "$share"/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
    "$1" completion bash >"$share/bash-completion/completions/asterism"
    "$1" completion zsh >"$share/zsh/site-functions/_asterism"
    "$1" completion fish >"$share/fish/vendor_completions.d/asterism.fish"
}

for program in "$@"; do
    name=$(basename "$program")
    link=$prefix/bin/$name
    if [ -e "$link" ] && [ ! -L "$link" ]; then
        echo "$link is not ours and stays; ours is $program" >&2
        continue
    fi
    mkdir -p "$prefix/bin"
    ln -sfn "$program" "$link"
    [ "$name" != asterism ] || manual "$program"
done
