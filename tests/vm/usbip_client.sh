#!/usr/bin/env bash
# `--device usbip:HOST:PORT/BUSID`, against two servers: our own, and the kernel's. Behind the latter
# stands the kernel's gadget, wired to an emulated phone's tty, so nothing of what the client talks to
# is ours but the phone at the far end.
#
#   mtkrig ── usbipd ── gadget ── ttyGS0 ══ cat ══ ttyACM0 ── vhci ── mtkrig emulate
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/vm/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/vm/gadget.sh
. "$here/gadget.sh"

profile=mt6580
reference_of "$profile"
must "the phone is served" phone serve --profile "$profile"
expect "it is read from our server" read_images usbip:127.0.0.1:3240/1-1 "$scratch/ours"
expect "its images are right" same_images "$profile" "$scratch/ours"
# It is waited for, since it may be plugged in yet.
timeout 5 "$MTKRIG" identify --device usbip:127.0.0.1:3240/9-9 >"$scratch/log" 2>&1
expect "an unknown bus id is named" grep -q 'waiting.*9-9' "$scratch/log"

must "the phone restarts" phone stop
must "the phone is served again" phone serve --profile "$profile"
must "it is plugged in" phone plug
must "a tty appears" eventually 5 test -c /dev/ttyACM0
on_exit gadget_stop
must "the kernel exports its gadget" gadget_start 3241
must "usbipd listens" eventually 5 usbip --tcp-port 3241 list -r 127.0.0.1
exec {phone}<>/dev/ttyACM0 {gadget_end}<>/dev/ttyGS0
stty raw -echo <&"$phone"
stty raw -echo <&"$gadget_end"
cat <&"$phone" >&"$gadget_end" &
on_exit "kill $!"
cat <&"$gadget_end" >&"$phone" &
on_exit "kill $!"

device=usbip:127.0.0.1:3241/$kGadgetBusId
expect "it is read from the kernel's usbipd" read_images "$device" "$scratch/kernel"
expect "its images are right" same_images "$profile" "$scratch/kernel"
finish
