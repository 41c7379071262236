#!/usr/bin/env bash
# clang-tidy over our own code; every finding is an error. A file whose compilation has not changed
# since it was last found clean is not looked at again (its preprocessed text is the key).
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset tidy >/dev/null
# Generated sources must exist before anything can be parsed.
cmake --build --preset tidy --target mtkrig_generated >/dev/null
exec ci/tidy.py build/tidy "$@"
