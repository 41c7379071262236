#!/usr/bin/env bash
# A preloader is on the bus for 2 to 3 s after power-on. Who waits for it catches it, however often it
# has come and gone before.
# shellcheck source=tests/vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kWindow=2.5  # seconds
kSchedule=plug@1,unplug@5,repeat@6
must "the phone is served" phone serve --profile mt6580 --lifetime "$kWindow" \
  --schedule "$kSchedule"
phone cable
must "the phone comes by itself" eventually 20 has_phone 0e8d:2000
must "it goes by itself" eventually 20 has_no_phone
# mtkrig starts while the phone is away, and has one window only.
timeout 30 "$MTKRIG" identify --device usb >"$scratch/log" 2>&1
status=$?
if [ "$status" -eq 0 ]; then
  note "mtkrig catches it in its window of $kWindow s"
else
  fail "mtkrig does not catch it (status $status):"
  cat "$scratch/log" >&2
fi
finish
