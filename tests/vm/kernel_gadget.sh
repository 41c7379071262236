#!/usr/bin/env bash
# The machine by itself, without any code of ours: the kernel's own gadget, exported by the kernel's
# usbipd, attached by the stock tool, and bytes through the kernel's own cdc_acm. A failure here is
# one of the virtual machine, not of mtkrig.
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/vm/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/vm/gadget.sh
. "$here/gadget.sh"

on_exit gadget_stop
must "the kernel exports its gadget" gadget_start 3241
must "usbipd listens" eventually 5 usbip --tcp-port 3241 list -r 127.0.0.1
must "the stock tool attaches it" phone plug "$kGadgetBusId" 3241
expect "lsusb finds it" eventually 5 has_phone 0e8d:2000
expect "cdc_acm drives the control interface" eventually 5 has_driver 0 cdc_acm
expect "cdc_acm drives the data interface" has_driver 1 cdc_acm
must "a tty appears" eventually 5 test -c /dev/ttyACM0

# Both ends stay open: closing one brings back a terminal's settings and drops what is on its way.
exec {host}<>/dev/ttyACM0 {device}<>/dev/ttyGS0
stty raw -echo <&"$host"
stty raw -echo <&"$device"
printf '\240\012\120\005' >"$scratch/handshake"

timeout 5 head -c 4 <&"$device" >"$scratch/received" &
cat "$scratch/handshake" >&"$host"
wait $!
expect "the host's bytes reach the device" cmp "$scratch/handshake" "$scratch/received"
timeout 5 head -c 4 <&"$host" >"$scratch/received" &
cat "$scratch/handshake" >&"$device"
wait $!
expect "the device's bytes reach the host" cmp "$scratch/handshake" "$scratch/received"
exec {host}>&- {device}>&-

phone unplug
expect "unplugging takes the tty away" eventually 5 test ! -e /dev/ttyACM0
finish
