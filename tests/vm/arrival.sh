#!/usr/bin/env bash
# How long a preloader waits, once it is there, until mtkrig says the first byte of the handshake: of
# its 2 to 3 s nearly all must be left. Timed by usbmon, so by one clock, and where the URBs pass; the
# machine counts instructions (--count-instructions), or the host's load would be measured:
#   arrival     the kernel selects the configuration, which follows the uevent of the device at once
#   handshake   the first bulk OUT transfer, of the byte a0
# With the result in arrival.txt of MTKRIG_VM_OUT.
# shellcheck source=tests/vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kPlugs=7
kLimitMs=100
monitor=/sys/kernel/debug/usb/usbmon/0u

# Columns of usbmon's text: tag, microseconds (of 4096 s), S(ubmission) or C(allback), type and
# direction:bus:device:endpoint, then of a control request "s" and the setup packet.
latency_us() {  # file of usbmon
  awk '
    $3 == "S" && $4 ~ /^Co:/ && $6 == "00" && $7 == "09" && $8 == "0001" {
      split($4, at, ":"); device = at[2] ":" at[3]; arrival = $2; next
    }
    $3 == "S" && $4 ~ /^Bo:/ && arrival != "" {
      split($4, at, ":")
      if (at[2] ":" at[3] != device) next
      if ($0 !~ /= a0/) exit 1
      latency = $2 - arrival; if (latency < 0) latency += 4294967296
      print latency; found = 1; exit
    }
    END { if (!found) exit 1 }' "$1"
}

times=()
for ((i = 0; i < kPlugs; i++)); do
  must "the phone is served" phone serve --profile mt6580
  cat "$monitor" >"$scratch/usbmon" &
  capture=$!
  timeout 60 "$MTKRIG" identify --device usb >"$scratch/log" 2>&1 &
  reader=$!
  must "mtkrig waits" eventually 20 grep -q waiting "$scratch/log"
  must "the phone is plugged in" phone plug
  expect "it is identified" wait "$reader" || cat "$scratch/log" >&2
  kill "$capture"
  wait "$capture" 2>/dev/null
  if latency=$(latency_us "$scratch/usbmon"); then
    times+=("$latency")
  else
    fail "no handshake behind an arrival in what usbmon saw:"
    grep -E ' (Co|Bo):' "$scratch/usbmon" | head -n 40 >&2
  fi
  phone unplug
  phone stop
done

mapfile -t sorted < <(printf '%s\n' "${times[@]}" | sort -n)
median=${sorted[${#sorted[@]} / 2]:-999999999}
result=$(printf 'from the arrival to the first byte of the handshake: median %d.%d ms of %d (%d.%d to %d.%d ms)' \
  $((median / 1000)) $((median / 100 % 10)) "${#sorted[@]}" \
  $((${sorted[0]:-0} / 1000)) $((${sorted[0]:-0} / 100 % 10)) \
  $((${sorted[-1]:-0} / 1000)) $((${sorted[-1]:-0} / 100 % 10)))
note "$result"
if [ -w "${MTKRIG_VM_OUT:-}" ]; then echo "$result" >"$MTKRIG_VM_OUT/arrival.txt"; fi
expect "that is less than $kLimitMs ms" test "$median" -lt $((kLimitMs * 1000))
finish
