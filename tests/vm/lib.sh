# What the scenarios share; they run inside the guest (ci/vm/run.sh) and source this. Bash.
# shellcheck shell=bash
set -uo pipefail

scratch=$(mktemp -d)
failures=0
cleanups=()

# Runs at the end, whatever happens, so that a scenario leaves nothing plugged in for the next one.
on_exit() { cleanups+=("$*"); }
leave() {
  local i
  for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
    eval "${cleanups[i]}" >/dev/null 2>&1
  done
  phone unplug
  phone stop
  rm -rf "$scratch"
}
trap leave EXIT

note() { printf '  %s\n' "$*"; }

fail() {
  printf '  FAILED: %s\n' "$*" >&2
  failures=$((failures + 1))
}

# For what the rest of a scenario cannot do without.
must() {  # what is expected, command...
  local what=$1
  shift
  "$@" >"$scratch/must" 2>&1 && return 0
  fail "$what: \`$*\` says:"
  sed 's/^/    /' "$scratch/must" >&2
  finish
}

expect() {  # what is expected, command...
  local what=$1
  shift
  "$@" >"$scratch/expect" 2>&1 && { note "$what"; return 0; }
  fail "$what: \`$*\` says:"
  sed 's/^/    /' "$scratch/expect" >&2
  return 1
}

# Like expect, for a command that has to fail.
expect_error() {  # what is expected, extended regular expression of the message, command...
  local what=$1 pattern=$2 status=0
  shift 2
  "$@" >"$scratch/expect" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then
    fail "$what: \`$*\` succeeds"
  elif [ "$status" -ge 124 ]; then
    fail "$what: \`$*\` ends with status $status, as by a time-out or a signal"
  elif ! grep -Eqi "$pattern" "$scratch/expect"; then
    fail "$what: \`$*\` does not say $pattern, but:"
    sed 's/^/    /' "$scratch/expect" >&2
  else
    note "$what"
  fi
}

finish() {
  [ "$failures" -eq 0 ]
  exit
}

# Seconds with a fraction, since the guest booted.
now() { cut -d ' ' -f 1 /proc/uptime; }

eventually() {  # seconds, command...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -le "$end" ] || return 1
    sleep 0.05
  done
}

# The interface's kernel driver; its device is named below vhci's first root hub.
driver_of() {  # interface number
  local link
  for link in /sys/devices/platform/vhci_hcd.0/usb*/*/*:1."$1"/driver; do
    [ -e "$link" ] && basename "$(readlink "$link")"
  done
}
has_driver() { [ "$(driver_of "$1")" = "$2" ]; }
has_phone() { lsusb -d "${1:-0e8d:}" >/dev/null; }
has_no_phone() { ! has_phone "$@"; }

here=$(dirname "${BASH_SOURCE[0]}")
archive=$scratch/MTK_AllInOne_DA_mt6590.bin
/usr/bin/python3 "$here/make_da.py" "$archive"

# What a phone of this profile gives when it is read in process: the measure of every other way.
kRead=(BOOTIMG RECOVERY --range EMMC_USER:0x0+0x100000=start.bin
  --range EMMC_BOOT_1:0x0+0x40000=preloader.bin)
reference_of() {  # profile; the images go to $scratch/reference/PROFILE
  [ -d "$scratch/reference/$1" ] || must "the phone in process is read" "$MTKRIG" readback --quiet \
    --device "emulator:$1" -o "$scratch/reference/$1" "${kRead[@]}"
}

# Reads the same with a device, and compares; the time limit is that of a slow guest, not of mtkrig.
read_images() {  # device, output directory
  timeout 200 "$MTKRIG" readback --quiet --device "$1" --da "$archive" -o "$2" \
    "${kRead[@]}"
}
same_images() {  # profile, directory
  local file count=0
  for file in "$scratch/reference/$1"/*.{img,bin}; do
    cmp "$file" "$2/$(basename "$file")" || return 1
    count=$((count + 1))
  done
  [ "$count" -eq 4 ] || { echo "$count images instead of 4"; return 1; }
}
