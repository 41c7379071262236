#!/usr/bin/env bash
# The phone at hand inside the guest: serves emulated phones by USB/IP and plugs them into the guest's
# kernel with the stock usbip tool. Installed there as `phone`.
set -uo pipefail

usage() {
  cat <<'TEXT'
usage: phone serve [ARGUMENT...]   start `mtkrig emulate --usbip 127.0.0.1:3240 ARGUMENT...`, with
                                   --lifetime 0 unless told otherwise
       phone stop                  end it, as when it crashes
       phone plug [BUSID [PORT]]   attach the phone of that bus id (1-1) of that server (3240), and
                                   wait until the kernel has configured it
       phone cable [BUSID [PORT]]  attach it whenever the server has it: a phone that re-enumerates
                                   or is switched on again needs this
       phone unplug                end the cable and detach all that is attached
       phone log                   what the emulator said
       phone ctl WORD...           `mtkrig emulate ctl WORD...`
TEXT
}

state=/run/phone
vhci=/sys/devices/platform/vhci_hcd.0
mkdir -p "$state"

complain() { echo "phone: $*" >&2; }

# A port's line in `status` begins with hub, number and state; 4 is a free one, 6 one in use.
ports_in_use() {
  local hub number status
  while read -r hub number status _; do
    case "$hub$status" in hs006 | ss006) echo "$((10#$number))" ;; esac
  done <"$vhci/status"
}

is_listening() {  # TCP port, in /proc/net/tcp in hexadecimal; 0A is the state LISTEN
  grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp
}

wait_for_port() {  # TCP port, process that is to listen
  local i
  for ((i = 0; i < 200; i++)); do
    is_listening "$1" && return 0
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

serve() {
  [ -n "${MTKRIG:-}" ] || { complain "mtkrig is not built"; return 1; }
  # Without a limit of its own: a guest is slow, and a preloader gives up after seconds.
  case " $* " in *" --lifetime"*) ;; *) set -- --lifetime 0 "$@" ;; esac
  "$MTKRIG" emulate --usbip 127.0.0.1:3240 --control "$state/control" "$@" >"$state/log" 2>&1 </dev/null &
  echo $! >"$state/server"
  wait_for_port 3240 $! || {
    complain "the emulator does not listen:"
    cat "$state/log" >&2
    return 1
  }
}

attach_once() { usbip --tcp-port "${2:-3240}" attach -r 127.0.0.1 -b "${1:-1-1}" >"$state/usbip" 2>&1; }

plug() {
  attach_once "$@" || {
    complain "usbip attach fails:"
    cat "$state/usbip" >&2
    return 1
  }
  # A root hub's children are named BUS-PORT; they are configured once they have interfaces.
  local i
  for ((i = 0; i < 100; i++)); do
    compgen -G "$vhci/usb*/*-*/*:1.*" >/dev/null && return 0
    sleep 0.05
  done
  complain "the kernel does not configure the phone:"
  dmesg | tail -n 20 >&2
  return 1
}

cable() {
  (
    while :; do
      [ -n "$(ports_in_use)" ] || attach_once "$@"
      sleep 0.1
    done
  ) </dev/null >/dev/null 2>&1 &
  echo $! >"$state/cable"
}

end_process() {  # file that holds its number
  [ -f "$state/$1" ] || return 0
  kill "$(cat "$state/$1")" 2>/dev/null
  rm -f "$state/$1"
}

unplug() {
  end_process cable
  local port
  for port in $(ports_in_use); do
    usbip detach -p "$port" >/dev/null 2>&1
  done
}

action=${1:-help}
[ $# -eq 0 ] || shift
case "$action" in
  serve | plug | cable | unplug) "$action" "$@" ;;
  stop) end_process server ;;
  log) cat "$state/log" ;;
  ctl) "$MTKRIG" emulate ctl --control "$state/control" "$@" ;;
  help | -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
