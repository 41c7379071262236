#!/usr/bin/env bash
# Fast checks that need no build: formatting, the include rules of the architecture, shell scripts, the
# manual page, the syntax of Lua.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(git ls-files '*.h' '*.cc')
clang-format --dry-run --Werror "${sources[@]}"
ci/check_includes.py
git ls-files 'ci/*.sh' .ci/run | xargs shellcheck
git ls-files '*.1' | xargs -r mandoc -T lint -W warning
git ls-files '*.lua' | xargs -r luac5.2 -p --
