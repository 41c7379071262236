#!/usr/bin/env bash
# What the kernel and lsusb make of a phone's descriptors, in each mode: the files in expected/ are
# `lsusb -v` word for word, but for bus and device numbers. With MTKRIG_VM_OUT's lsusb-*.txt at hand a
# deliberate change is a copy.
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/vm/lib.sh
. "$here/lib.sh"

compare() {  # name of the expected file, VID:PID
  lsusb -v -d "$2" 2>"$scratch/complaints" |
    sed -E -e '/^$/d' -e 's/^Bus [0-9]+ Device [0-9]+:/Bus ... Device ...:/' >"$scratch/lsusb.txt"
  # A descriptor that lsusb cannot make sense of is reported on stderr or in brackets.
  expect "lsusb complains of nothing" test ! -s "$scratch/complaints" || cat "$scratch/complaints"
  if [ -w "${MTKRIG_VM_OUT:-}" ]; then cp "$scratch/lsusb.txt" "$MTKRIG_VM_OUT/lsusb-$1.txt"; fi
  expect "its descriptors are those of $1" diff -u "$here/expected/$1.txt" "$scratch/lsusb.txt"
}

must "a phone is served" phone serve --profile mt6580
must "it is plugged in" phone plug
must "the kernel knows it as a preloader" eventually 5 has_phone 0e8d:2000
expect "cdc_acm has the data interface" eventually 5 has_driver 0 cdc_acm
expect "cdc_acm has the communication interface" has_driver 1 cdc_acm
compare mt6580-preloader 0e8d:2000
phone unplug

must "the cable comes out" phone ctl unplug
must "the phone is told to stay in its boot ROM" phone ctl mode brom
must "the cable goes in" phone ctl plug
must "it is plugged in" phone plug
must "the kernel knows it as a boot ROM" eventually 5 has_phone 0e8d:0003
# cdc_acm has an entry of its own for 0e8d:0003, which lacks the union descriptor.
expect "cdc_acm has the communication interface" eventually 5 has_driver 0 cdc_acm
compare mt6580-brom 0e8d:0003
phone unplug
phone stop

must "a phone at full speed is served" phone serve --profile mt6580 --speed full
phone cable
must "the kernel knows it as a preloader" eventually 5 has_phone 0e8d:2000
compare mt6580-preloader-full-speed 0e8d:2000
# Its agent switches to high speed, and to the id of agents. The readback goes on while lsusb looks.
timeout 100 "$MTKRIG" readback --quiet --device usb --da "$archive" -o "$scratch/long" \
  --range EMMC_USER:0x0+0x40000000=long.bin >"$scratch/log" 2>&1 &
reader=$!
must "its agent comes back as another device" eventually 30 has_phone 0e8d:2001
compare mt6580-agent 0e8d:2001
expect "the readback goes on meanwhile" kill "$reader" || cat "$scratch/log" >&2
wait "$reader"
phone unplug
phone stop

must "a boot ROM at full speed is served" phone serve --profile mt6580 --mode brom --speed full
must "it is plugged in" phone plug
must "the kernel knows it" eventually 5 has_phone 0e8d:0003
compare mt6580-brom-full-speed 0e8d:0003
finish
