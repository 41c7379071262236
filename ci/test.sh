#!/usr/bin/env bash
# The whole test command: installs what is needed, checks style and structure, builds with clang and g++,
# and runs every test: with sanitizers, the fuzzers for some seconds each, and optimised. The optimised
# run comes last and includes the virtual machine.
#   ci/test.sh          everything
#   ci/test.sh quick    optimised build and its tests only
set -euo pipefail
cd "$(dirname "$0")/.."
# A clone elsewhere finds what was compiled here.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=yes

step() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

build() {  # preset, then targets
  local preset=$1
  shift
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" ${1:+--target "$@"}
}

run_tests() {  # preset, then arguments of ctest
  local preset=$1
  shift
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
}

step "packages"
ci/setup.sh test

if [ "${1:-}" != quick ]; then
  step "format, structure, scripts"
  ci/lint.sh
  step "clang-tidy"
  ci/tidy.sh
  step "address and undefined-behaviour sanitizers, fuzzers, clang"
  build asan
  run_tests asan
  step "thread sanitizer over the USB/IP server, devices and the recorder, clang"
  build tsan tsan_tests
  run_tests tsan -L threads
fi

step "optimised, g++"
build release
run_tests release
