#!/usr/bin/env bash
# `--device serial:/dev/ttyACM0`, over the kernel's own cdc_acm.
# shellcheck source=tests/vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profile=mt6580
reference_of "$profile"
must "the phone is served" phone serve --profile "$profile"
must "it is plugged in" phone plug
must "a tty appears" eventually 5 test -c /dev/ttyACM0

expect "it is read" read_images serial:/dev/ttyACM0 "$scratch/serial"
expect "its images are right" same_images "$profile" "$scratch/serial"
expect "cdc_acm keeps it" has_driver 0 cdc_acm

phone unplug
must "the tty disappears" eventually 5 test ! -e /dev/ttyACM0
expect_error "a tty that is not there is named" 'ttyACM0' \
  timeout 20 "$MTKRIG" identify --device serial:/dev/ttyACM0
finish
