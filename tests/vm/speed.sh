#!/usr/bin/env bash
# A phone that enumerates at full speed: its agent switches to high speed, for which the phone leaves the
# bus and comes back as another device. mtkrig follows, over libusb and through the kernel.
# shellcheck source=tests/vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# shellcheck disable=SC2317  # called by eventually
phone_at() {  # megabits a second, as sysfs has it
  grep -qx "$1" /sys/devices/platform/vhci_hcd.0/usb1/1-1/speed
}

profile=mt6580
reference_of "$profile"
must "a phone is served" phone serve --profile "$profile" --speed full
phone cable
must "it enumerates" eventually 10 has_phone
must "it does so at full speed" eventually 5 phone_at 12
read_images usb "$scratch/usb" >"$scratch/log" 2>&1 &
reader=$!
expect "the phone comes back at high speed" eventually 30 phone_at 480
expect "it is read" wait "$reader" || cat "$scratch/log" >&2
expect "its images are right" same_images "$profile" "$scratch/usb"
finish
