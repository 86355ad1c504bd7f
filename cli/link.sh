#!/bin/bash
# link.sh PROGRAM...: put each program on everybody's PATH as a link in /usr/local/bin.
#
# What somebody else put there is left alone and said.
set -euo pipefail

for program in "$@"; do
    link=/usr/local/bin/$(basename "$program")
    if [ -e "$link" ] && [ ! -L "$link" ]; then
        echo "$link is not ours and stays; ours is $program" >&2
        continue
    fi
    ln -sfn "$program" "$link"
done
