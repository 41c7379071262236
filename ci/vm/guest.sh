#!/usr/bin/env bash
# Runs inside the guest, as root, on the host's files: starts the USB side, plugs the phone in, runs
# the command that run.sh was given. Its exit status goes to the file `status`.
set -uo pipefail

vm=/run/mtkrig-vm
phone='' profile='' plug_after='' emulate_args=() mtkrig='' project='' out='' directory=/ command=(true)
# shellcheck source=/dev/null
. "$vm/environment"
# shellcheck source=/dev/null
. "$vm/order"
export PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export MTKRIG=$mtkrig MTKRIG_PROJECT=$project MTKRIG_VM_OUT=$out

# The command gets pipes, not the ports themselves: a port can be opened once only, and programs do
# open /dev/stderr.
mkfifo /run/stdout /run/stderr
cat /run/stdout >/dev/vport0p1 &
cats=$!
cat /run/stderr >/dev/vport0p2 &
cats+=" $!"
exec >/run/stdout 2>/run/stderr

finish() {  # exit status of the command
  echo "$1" >"$vm/status"
  exec >/dev/null 2>&1
  # Something the command left behind may hold a pipe open for ever.
  for _ in {1..20}; do
    # shellcheck disable=SC2086
    kill -0 $cats 2>/dev/null || break
    sleep 0.1
  done
  exit 0
}

for module in vhci-hcd cdc-acm usbmon; do
  busybox modprobe "$module" >&2 || finish 125
done
mount -t debugfs debugfs /sys/kernel/debug
# Without udevd libusb claims hotplug and hears of nothing.
/usr/lib/systemd/systemd-udevd --daemon >/run/udevd.log 2>&1

install -m 755 "$vm/phone.sh" /usr/local/bin/phone
if [ -n "$phone" ]; then
  phone serve --profile "$profile" "${emulate_args[@]}" || finish 125
  if [ -z "$plug_after" ]; then
    phone plug || finish 125
  else
    (sleep "$plug_after" && phone plug) &
  fi
fi

cd "$directory" || finish 125
"${command[@]}" </dev/null
finish $?
