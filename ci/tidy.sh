#!/usr/bin/env bash
# clang-tidy over our own code; every finding is an error. A file whose compilation has not changed
# since it was last found clean is not looked at again (its preprocessed text is the key).
#   ci/tidy.sh                the product: everything but tests/. Part of the test command
#   ci/tidy.sh PREFIX ...     files below these, as in: ci/tidy.sh tests/traces
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset tidy >/dev/null
# Generated sources must exist before anything can be parsed.
cmake --build --preset tidy --target mtkrig_generated >/dev/null
# Tests take as long as the rest, and are compiled with warnings as errors by two compilers and run under
# three sanitizers; they are looked at when asked for.
[ $# -gt 0 ] || set -- protocol emulator device traces harness
exec ci/tidy.py build/tidy "$@"
