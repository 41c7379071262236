#!/usr/bin/env bash
# `--device usb`: the kernel enumerates the phone, cdc_acm takes it, libusb gets it from there and gives
# it back, and the images are those of the phone in process.
# shellcheck source=tests/vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Which of the two interfaces cdc_acm binds to depends on which describes the pair.
# shellcheck disable=SC2317  # called by eventually
has_cdc_acm() { has_driver 0 cdc_acm || has_driver 1 cdc_acm; }
# shellcheck disable=SC2317  # called by eventually
detached() { has_driver 0 usbfs && has_driver 1 usbfs; }

# The first one in each way; the others, whose tables and agents differ, plugged in only.
profiles=(mt6580 mt6577)
for profile in "${profiles[@]}"; do
  note "$profile"
  reference_of "$profile"
  must "the phone is served" phone serve --profile "$profile"
  must "it is plugged in" phone plug
  expect "cdc_acm has it" eventually 5 has_cdc_acm
  expect "it is identified" timeout 30 "$MTKRIG" identify --device usb
  expect "cdc_acm has it again" eventually 5 has_cdc_acm
  read_images usb "$scratch/plugged-$profile" >"$scratch/log" 2>&1 &
  reader=$!
  expect "cdc_acm is detached while mtkrig reads" eventually 10 detached
  expect "a phone that is there, in its command loop, is read" wait "$reader" || cat "$scratch/log" >&2
  expect "its images are right" same_images "$profile" "$scratch/plugged-$profile"
  # FINISH ends a session, and a phone without its agent leaves the bus.
  expect "the phone leaves after FINISH" eventually 5 has_no_phone
  phone unplug
  phone stop
done

profile=${profiles[0]}
must "the phone is served" phone serve --profile "$profile"
read_images usb "$scratch/awaited" >"$scratch/log" 2>&1 &
reader=$!
sleep 1
must "it is plugged in while mtkrig waits" phone plug
expect "a phone that is waited for is read" wait "$reader" || cat "$scratch/log" >&2
expect "its images are right" same_images "$profile" "$scratch/awaited"
finish
