#!/usr/bin/env bash
# Runs a command of this host inside a virtual machine whose stock Debian kernel has USB, with an
# emulated phone plugged in. The guest sees all files of the host, read-only under a layer of memory.
# Needs neither root nor /dev/kvm.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: ci/vm/run.sh [options] [--] COMMAND [ARGUMENT...]

  --profile P          the phone, as `mtkrig emulate --profile` takes it (mt6580)
  --no-phone           no emulator, no phone; the modules and udevd only
  --plug-after S       plug the phone in S seconds after COMMAND has started; many tools wait for
                       one to appear and ignore what is there already
  --emulate-args TEXT  further words for `mtkrig emulate`, split at spaces
  --build DIR          where mtkrig was built (build/release, or else build/debug)
  --out DIR            the one directory where the guest's writing lasts (./vm-out)
  --timeout S          end the machine after S seconds (300)
  --count-instructions the guest's clock goes with its instructions, as on a processor of 500 MIPS, and
                       stands still while the host is busy with others: for times that are measured
  --verbose            show the guest's console as well

COMMAND runs as root in the current directory, with the caller's environment, stdin from /dev/null;
$MTKRIG_VM_OUT names the output directory, and `phone` (see `phone help`) plugs and unplugs. What it
writes elsewhere is lost at the end.

Exit status: COMMAND's own; 124 time-out; 125 the machine failed; 77 it cannot be prepared here.

Examples:
  ci/vm/run.sh -- lsusb -v -d 0e8d:
  ci/vm/run.sh --profile mt6577 -- build/release/harness/mtkrig identify --device usb
  ci/vm/run.sh --plug-after 3 -- some-flashing-tool --read boot vm-out/boot.img
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
phone=yes profile=mt6580 plug_after='' emulate_args=() build='' out=vm-out limit=300 verbose='' icount=()

need_value() { [ $# -ge 2 ] || { echo "error: $1 needs a value; see --help" >&2; exit 2; }; }
while [ $# -gt 0 ]; do
  case "$1" in
    --no-phone) phone= ;;
    --verbose) verbose=yes ;;
    --count-instructions) icount=(-icount shift=1) ;;
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    --profile) need_value "$@"; profile=$2; shift ;;
    --plug-after) need_value "$@"; plug_after=$2; shift ;;
    --emulate-args) need_value "$@"; read -ra emulate_args <<<"$2"; shift ;;
    --build) need_value "$@"; build=$2; shift ;;
    --out) need_value "$@"; out=$2; shift ;;
    --timeout) need_value "$@"; limit=$2; shift ;;
    -*) echo "error: unknown option $1; see --help" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || { usage >&2; exit 2; }

find_mtkrig() {
  local directory
  for directory in ${build:+"$build"} ${build:-"$project/build/release" "$project/build/debug"}; do
    if [ -x "$directory/harness/mtkrig" ]; then
      realpath "$directory/harness/mtkrig"
      return
    fi
  done
}
mtkrig=$(find_mtkrig)
if [ -n "$phone" ] && [ -z "$mtkrig" ]; then
  echo "error: mtkrig is not built; build it, or name its place with --build, or use --no-phone" >&2
  exit 2
fi

machine=$("$here/setup.sh") || exit $?

made_out=
if [ ! -d "$out" ]; then
  mkdir -p "$out"
  made_out=yes
fi
out=$(realpath "$out")

run=$(mktemp -d "${TMPDIR:-/tmp}/mtkrig-vm.XXXXXX")
qemu_pid=
# shellcheck disable=SC2317  # called by the trap
cleanup() {
  [ -z "$qemu_pid" ] || kill "$qemu_pid" 2>/dev/null || true
  rm -rf "$run"
  [ -z "$made_out" ] || rmdir --ignore-fail-on-non-empty "$out" 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What the guest is to do, read by guest.sh.
cp "$here/guest.sh" "$here/phone.sh" "$run/"
printf '%s' "$out" >"$run/out"
export -p >"$run/environment"
command=("$@") directory=$PWD
declare -p phone profile plug_after emulate_args mtkrig project out directory command >"$run/order"

# The command's output comes through two virtio ports, which end in these pipes.
mkfifo "$run/stdout" "$run/stderr"
cat "$run/stdout" &
stdout_pid=$!
cat "$run/stderr" >&2 &
stderr_pid=$!

qemu=$machine/tools/usr/bin/qemu-system-x86_64 libraries=$machine/tools/usr/lib/x86_64-linux-gnu
if [ ! -x "$qemu" ]; then
  qemu=$(command -v qemu-system-x86_64)
  libraries=
fi

share() {  # tag, path, further options
  printf -- '-virtfs\nlocal,path=%s,mount_tag=%s,security_model=none,multidevs=remap%s\n' \
    "${2//,/,,}" "$1" "${3:-}"
}
mapfile -t shares < <(
  share root / ,readonly=on
  share tools "$machine/tools" ,readonly=on
  share run "$run"
  share out "$out"
)

# tcg: a stock kernel hangs under the nested kvm of some builders. One CPU: two make a one-byte round
# trip 30 times slower. Without erms and fsrm copies in the kernel are three times
# faster. On a busy host the kernel's first measurements go wrong: it panics over its timer
# (no_timer_check), or takes the TSC to be many times slower than it is, so that seconds fly by (hpet).
LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+${libraries:+:}$LD_LIBRARY_PATH} \
  timeout --foreground -k 5 "$limit" "$qemu" \
  -L "$machine/tools/usr/share/qemu" -L "$machine/tools/usr/share/seabios" \
  -nodefaults -no-user-config -display none -no-reboot \
  "${icount[@]}" -machine q35 -accel tcg -smp 1 -cpu max,-erms,-fsrm -m 2048 \
  -kernel "$machine/vmlinux" -initrd "$machine/initramfs.gz" \
  -append "console=ttyS0 loglevel=5 panic=-1 cryptomgr.notests random.trust_cpu=on no_timer_check nowatchdog \
tsc=unstable clocksource=hpet" \
  -serial "file:$run/console" \
  -device isa-debug-exit,iobase=0x501,iosize=1 \
  -device virtio-serial-pci \
  -chardev "file,id=stdout,path=$run/stdout" -device virtserialport,nr=1,chardev=stdout \
  -chardev "file,id=stderr,path=$run/stderr" -device virtserialport,nr=2,chardev=stderr \
  "${shares[@]}" </dev/null >"$run/qemu" 2>&1 &
qemu_pid=$!
qemu_status=0
wait "$qemu_pid" || qemu_status=$?
qemu_pid=

# Should qemu have died before it opened them, the readers still wait for a writer.
: <>"$run/stdout" <>"$run/stderr"
wait "$stdout_pid" "$stderr_pid" || true

show_console() {
  {
    cat "$run/qemu"
    tail -n "${1:-40}" "$run/console" 2>/dev/null || true
  } | sed 's/^/  vm| /' >&2
}

# isa-debug-exit turns the 0 of a guest that came to its end into 1.
if [ "$qemu_status" -eq 1 ] && [ -s "$run/status" ]; then
  [ -z "$verbose" ] || show_console 1000
  exit "$(cat "$run/status")"
elif [ "$qemu_status" -eq 124 ] || [ "$qemu_status" -eq 137 ]; then
  echo "error: the virtual machine was ended after $limit s (--timeout); its last words:" >&2
  show_console
  exit 124
fi
echo "error: the virtual machine failed (qemu's exit status $qemu_status); its last words:" >&2
show_console
exit 125
