#!/usr/bin/env bash
# Runs scenarios one after the other in one guest: suite.sh SCENARIO... (the names of files here).
# Exit status: how many failed, 100 at most.
here=$(dirname "${BASH_SOURCE[0]}")
failed=0
for scenario in "$@"; do
  started=${EPOCHREALTIME/./}
  printf '== %s\n' "$scenario"
  if timeout -k 5 300 "$here/$scenario.sh" 2>&1; then
    result=passed
  else
    result=FAILED
    failed=$((failed + 1))
    dmesg | tail -n 15 | sed 's/^/  kernel: /'
  fi
  dmesg --clear 2>/dev/null
  printf '== %s %s (%d.%01d s)\n' "$scenario" "$result" \
    $(((${EPOCHREALTIME/./} - started) / 1000000)) \
    $(((${EPOCHREALTIME/./} - started) / 100000 % 10))
done
exit $((failed > 100 ? 100 : failed))
