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

for profile in ${MTKRIG_VM_PROFILES:-mt6580 mt6577 mt6592}; do
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
  expect "a phone that is there is read" wait "$reader" || cat "$scratch/log" >&2
  expect "its images are right" same_images "$profile" "$scratch/plugged-$profile"
  # FINISH ends a session, and a phone without its agent leaves the bus.
  expect "the phone leaves after FINISH" eventually 5 has_no_phone
  must "the cable comes out" phone ctl unplug

  read_images usb "$scratch/awaited-$profile" >"$scratch/log" 2>&1 &
  reader=$!
  sleep 1
  must "the cable goes in" phone ctl plug
  must "it is plugged in while mtkrig waits" phone plug
  expect "a phone that is waited for is read" wait "$reader" || cat "$scratch/log" >&2
  expect "its images are right" same_images "$profile" "$scratch/awaited-$profile"
  phone unplug
  phone stop
done
finish
