#!/usr/bin/env bash
# Searches for inputs that break a parser or the read-only guard, longer than the test command does.
#   ci/fuzz.sh                  every target for a minute each
#   ci/fuzz.sh SECONDS [NAME]   those whose name contains NAME
# A finding is left beside the target's work folder, and the command that repeats it is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=yes
ci/setup.sh test
cmake --preset asan >/dev/null
cmake --build --preset asan
status=0
while IFS=$'\t' read -r name target work seeds; do
  echo "== $name"
  touch "$work.start"
  seed=$((RANDOM * 32768 + RANDOM))
  if ! tests/run_fuzzer.sh "$target" "$work" "$seeds" -max_total_time="$seconds" -seed="$seed" \
    >"$work.log" 2>&1; then
    tail -n 30 "$work.log"
    find "$(dirname "$work")" -name "$(basename "$work").*-*" -newer "$work.start" -printf "repeat: $target %p\\n"
    status=1
  else
    grep -E "^(Done|stat::peak)" "$work.log"
  fi
done < <(ctest --test-dir build/asan -L fuzz -R "${2:-}" --show-only=json-v1 | python3 -c '
import json, sys
for test in json.load(sys.stdin)["tests"]:
    print(test["name"], *test["command"][2:5], sep="\t")')
exit $status
