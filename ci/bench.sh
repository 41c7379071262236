#!/usr/bin/env bash
# Builds and runs the benchmarks. Figures are ratios within one run; see tests/bench/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
# A clone elsewhere finds what was compiled here.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=yes

ci/setup.sh test
cmake --preset bench >/dev/null
cmake --build --preset bench --target mtkrig mtkrig_bench traces_replay_bench traces_file_bench
build/bench/tests/bench/mtkrig_bench "$@"
build/bench/tests/traces/replay/traces_replay_bench "$@"
build/bench/tests/traces/replay/traces_file_bench "$@"
tests/bench/peak_memory.py build/bench/harness/mtkrig
tests/bench/trace_memory.py build/bench/harness/mtkrig
