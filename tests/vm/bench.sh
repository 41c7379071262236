#!/usr/bin/env bash
# How fast a phone is read through the guest's kernel (vhci-hcd, usbfs), beside a minimal libusb program
# on the same phone; and the whole command into a file. Not a test: run by ci/bench.sh.
#   ci/vm/run.sh --no-phone --build build/bench -- tests/vm/bench.sh
# shellcheck source=tests/vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kMib=32
must "the phone is served" phone serve --profile mt6580
must "it is plugged in" phone plug
must "both read it" "$(dirname "$MTKRIG")/../tests/bench/usb_read_bench" 16 9
cat "$scratch/must"
phone unplug
phone stop

must "the phone is served again" phone serve --profile mt6580
must "it is plugged in again" phone plug
started=${EPOCHREALTIME/./}
must "the command reads it" "$MTKRIG" readback --quiet --device usb --da "$archive" -o "$scratch/out" \
  --range "EMMC_USER:0x0+${kMib}M=start.bin"
elapsed=$((${EPOCHREALTIME/./} - started))
printf 'mtkrig readback of %d MiB into a file, start to end: %d ms, %d MB/s\n' "$kMib" \
  "$((elapsed / 1000))" "$((kMib * 1048576 / elapsed))"
finish
