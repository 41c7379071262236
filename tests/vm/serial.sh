#!/usr/bin/env bash
# `--device serial:/dev/ttyACM0`, over the kernel's own cdc_acm.
# shellcheck source=tests/vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profile=mt6580
reference_of "$profile"
must "the phone is served" phone serve --profile "$profile"
must "it is plugged in" phone plug
must "a tty appears" eventually 5 test -c /dev/ttyACM0

expect "it is identified" timeout 30 "$MTKRIG" identify --device serial:/dev/ttyACM0
expect "cdc_acm keeps it" has_driver 1 cdc_acm
expect "it is read" read_images serial:/dev/ttyACM0 "$scratch/plugged"
expect "its images are right" same_images "$profile" "$scratch/plugged"
must "the tty disappears after FINISH" eventually 5 test ! -e /dev/ttyACM0
phone unplug
phone stop

must "the phone is served again" phone serve --profile "$profile"
read_images serial:/dev/ttyACM0 "$scratch/awaited" >"$scratch/log" 2>&1 &
reader=$!
sleep 1
must "it is plugged in while mtkrig waits" phone plug
expect "a tty that is waited for is read" wait "$reader" || cat "$scratch/log" >&2
expect "its images are right" same_images "$profile" "$scratch/awaited"
finish
