#!/usr/bin/env bash
# The whole test command: installs what is needed, checks style and structure, builds with g++ and
# clang, and runs every test: with sanitizers, the fuzzers for some seconds each, and optimised.
#   ci/test.sh          everything
#   ci/test.sh quick    optimised build and its tests only
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

build_and_test() {  # preset, then arguments of ctest
  local preset=$1
  shift
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset"
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
}

step "packages"
ci/setup.sh test

if [ "${1:-}" != quick ]; then
  step "format, structure, scripts"
  ci/lint.sh
  step "clang-tidy"
  ci/tidy.sh
  step "fuzzers, clang"
  build_and_test fuzz -L fuzz --quiet
  step "address and undefined-behaviour sanitizers, clang"
  build_and_test asan --quiet
fi

step "optimised, g++"
build_and_test release
