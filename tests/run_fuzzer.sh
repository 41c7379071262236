#!/bin/sh
# Runs a libFuzzer target from its seeds: run_fuzzer.sh TARGET WORK_FOLDER SEEDS [OPTION...]
# New inputs go to the work folder, which begins empty, and addresses are not randomised (compared
# pointers steer libFuzzer) nor new inputs read back at a time (-reload), so that the same options give
# the same run.
set -eu
target=$1 work=$2 seeds=$3
shift 3
rm -rf "$work"
mkdir -p "$work"
fixed="setarch -R"
$fixed true 2>/dev/null || fixed=
exec $fixed "$target" -reload=0 -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$work." "$@" "$work" "$seeds"
