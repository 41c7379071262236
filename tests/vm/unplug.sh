#!/usr/bin/env bash
# A cable that is pulled in the middle of a readback, in each of the ways there are: an error that says
# so, at once, and no file under a final name.
# shellcheck source=tests/vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# So much that a guest cannot have read it before the cable is out.
kLong=(--range EMMC_USER:0x0+0x40000000=long.bin)

# shellcheck disable=SC2317  # called by eventually
is_reading() { [ -n "$(find "$1" -name '*long*' -size +1M)" ]; }

pull() {  # name, device, command that pulls...
  local name=$1 device=$2 directory=$scratch/$1 status=0 reader pulled_at elapsed
  shift 2
  note "$name"
  must "the phone is served" phone serve --profile mt6580
  case "$device" in usbip:*) ;; *) must "it is plugged in" phone plug ;; esac
  timeout 60 "$MTKRIG" readback --quiet --device "$device" --da "$archive" -o "$directory" \
    "${kLong[@]}" >"$scratch/log" 2>&1 &
  reader=$!
  eventually 20 is_reading "$directory" || {
    fail "the readback is not under way: $(cat "$scratch/log")"
    finish
  }
  "$@"
  pulled_at=${EPOCHREALTIME/./}
  wait "$reader" || status=$?
  elapsed=$(((${EPOCHREALTIME/./} - pulled_at) / 1000))
  if [ "$status" -eq 0 ] || [ "$status" -ge 124 ]; then
    fail "the readback ends with status $status"
  fi
  [ "$elapsed" -lt 3000 ] || fail "the readback ends only $elapsed ms after the cable is out"
  note "it ends after $elapsed ms: $(tail -n 1 "$scratch/log")"
  expect "the message is about the cable" grep -Eqi 'disconnect|unplug|gone|cable' "$scratch/log"
  expect "no whole image is pretended" test ! -e "$directory/long.bin"
  phone unplug
  phone stop
}

pull host-side usb phone unplug
pull phone-side usb phone ctl unplug
pull server-dies usb phone stop
pull phone-side-usbip usbip:127.0.0.1:3240/1-1 phone ctl unplug
pull server-dies-usbip usbip:127.0.0.1:3240/1-1 phone stop

# After all that the kernel and a new phone get on.
must "the phone is served" phone serve --profile mt6580
must "it is plugged in" phone plug
expect "a phone is identified afterwards" timeout 30 "$MTKRIG" identify --device usb
finish
