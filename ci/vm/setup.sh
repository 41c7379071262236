#!/usr/bin/env bash
# Prepares the virtual machine for USB tests: Debian's own kernel and the programs the machine takes,
# downloaded and unpacked into a cache directory. Nothing is installed, root is not needed, and the
# second time takes no time.
#   ci/vm/setup.sh            prepares, and prints the directory
#   ci/vm/setup.sh --force    again from nothing
#
# What the directory holds:
#   vmlinux        the kernel, decompressed: it boots twice as fast as the compressed image
#   initramfs.gz   busybox, the modules that reach the host's files, and init
#   tools/         qemu for the host; usbip, udev, lsusb and the kernel's modules for the guest
#
# Exit status: 0 ready; 77 the packages cannot be had here (no Debian, no network), which a test
# reports as skipped; 1 anything else.
set -euo pipefail

readonly kSkip=77
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mtkrig-vm

skip() {
  printf 'SKIPPED: the virtual machine cannot be prepared: %s\n' "$1" >&2
  [ -z "${2:-}" ] || printf '  %s\n' "$2" >&2
  exit "$kSkip"
}

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

log() { printf 'ci/vm: %s\n' "$*" >&2; }

# What is needed is asked for by the program, so that an installed one counts too.
readonly packages=(qemu-system-x86 busybox-static cpio usbip udev usbutils)

# linux-image-amd64 depends on the kernel of the day: linux-image-6.1.0-NN-amd64.
kernel_package() {
  apt-cache depends linux-image-amd64 2>/dev/null |
    sed -n 's/^ *Depends: \(linux-image-[0-9].*-amd64\)$/\1/p' | head -n 1
}

refresh_package_lists() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || return 0
    as_root=(sudo -n)
  fi
  log "apt-get update"
  "${as_root[@]}" apt-get update -qq >&2 || true
}

# apt's resolver picks the packages that this host lacks; they are downloaded, not installed.
download() {  # directory for .deb files
  mkdir -p "$1/partial"
  (
    cd "$1"
    apt-get download -qq -o APT::Sandbox::User=root "$kernel" >&2 &&
      apt-get install -qq -y --download-only --no-install-recommends \
        -o Debug::NoLocking=1 -o Dir::Cache::archives="$1" -o APT::Sandbox::User=root \
        "${packages[@]}" >&2
  )
}

# A package's files below a root whose bin, sbin and lib lead to usr, as on the host: the guest lays
# this tree over the host's, and a directory would hide the host's link of that name.
unpack() {  # package file, root, members...
  local package=$1 root=$2
  shift 2
  dpkg-deb --fsys-tarfile "$package" |
    tar -x --keep-directory-symlink --no-same-owner -C "$root" "$@"
}

unpack_programs() {  # directory of .deb files, root
  local package
  for package in "$1"/*.deb; do
    case "$(basename "$package")" in
      # The host's C library and loader belong together; the others come along as mere upgrades.
      libc6_* | libc-bin_* | linux-*) continue ;;
    esac
    unpack "$package" "$2"
  done
}

# Only what USB, virtio and the shared directories take, a tenth of all modules.
unpack_kernel() {  # kernel package, root
  local modules=./lib/modules/$release
  unpack "$1" "$2" "./boot/vmlinuz-$release" "$modules"/modules.{order,builtin,builtin.modinfo} \
    "$modules"/kernel/{drivers/{usb,virtio,char},net/9p,fs/{9p,netfs,fscache,overlayfs,configfs}}
}

busybox() {
  if [ -x "$new/tools/usr/bin/busybox" ]; then
    "$new/tools/usr/bin/busybox" "$@"
  else
    command busybox "$@"
  fi
}

le() {  # file, offset, size: the little-endian number that stands there
  od -An -v -t "u$3" --endian=little -j "$2" -N "$3" "$1" | tr -d ' '
}

# The boot protocol's header tells where the compressed ELF stands (Documentation/x86/boot.rst).
extract_vmlinux() {  # bzImage, output
  local setup_sectors offset length magic
  setup_sectors=$(le "$1" $((0x1f1)) 1)
  offset=$(((setup_sectors + 1) * 512 + $(le "$1" $((0x248)) 4)))
  length=$(le "$1" $((0x24c)) 4)
  magic=$(od -An -t x1 -j "$offset" -N 4 "$1" | tr -d ' ')
  local decompress
  case "$magic" in
    fd377a58) decompress=(xz -dc --single-stream) ;;
    28b52ffd) decompress=(zstd -dcq) ;;
    1f8b*) decompress=(gzip -dcq) ;;
    *) fail "the kernel is compressed in a way not known here (magic $magic)" ;;
  esac
  # The last four bytes are the length of the ELF, not part of the compressed stream.
  dd if="$1" bs=1M iflag=skip_bytes,count_bytes skip="$offset" count="$((length - 4))" status=none |
    "${decompress[@]}" >"$2"
  [ "$(od -An -c -j 1 -N 3 "$2" | tr -d ' ')" = ELF ] || fail "no ELF came out of $1"
}

# What it takes to reach the host's files and to talk; the rest the guest loads from there.
readonly boot_modules=(virtio_pci virtio_console 9p 9pnet_virtio overlay)

# Adds a module to `ordered`, behind what it needs; a module that the kernel has built in has no file.
order_module() {  # directory of the modules, name
  local line dependency
  line=$(grep "/$2\.ko:" "$1/modules.dep") || return 0
  for dependency in ${line#*:}; do
    order_module "$1" "$(basename "$dependency" .ko)"
  done
  [[ " ${ordered[*]} " = *" ${line%%:*} "* ]] || ordered+=("${line%%:*}")
}

build_initramfs() {  # directory being prepared
  local root=$1/initramfs module path binary=$1/tools/usr/bin/busybox cpio=$1/tools/usr/bin/cpio
  [ -x "$binary" ] || binary=$(command -v busybox)
  [ -x "$cpio" ] || cpio=$(command -v cpio)
  mkdir -p "$root"/{bin,dev,proc,sys,modules,host,tools,run,out,upper,root}
  cp "$binary" "$root/bin/busybox"
  install -m 755 "$here/init" "$root/init"
  local ordered=() modules=$1/tools/usr/lib/modules/$release
  for module in "${boot_modules[@]}"; do
    order_module "$modules" "$module"
  done
  for path in "${ordered[@]}"; do
    cp "$modules/$path" "$root/modules/"
    basename "$path" >>"$root/modules/order"
  done
  (cd "$root" && find . | LC_ALL=C sort | "$cpio" --quiet -o -H newc | gzip -1) >"$1/initramfs.gz"
  rm -r "$root"
}

prepare() {
  new=$(mktemp -d "$cache/new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  log "downloading $kernel and ${packages[*]}"
  download "$new/packages" || skip "the packages could not be downloaded" \
    "Check the network and /etc/apt/sources.list, and run apt-get update."
  mkdir -p "$new"/tools/usr/{bin,sbin,lib,lib32,lib64,libx32}
  local directory
  for directory in bin sbin lib lib32 lib64 libx32; do
    ln -s "usr/$directory" "$new/tools/$directory"
  done
  unpack_programs "$new/packages" "$new/tools"
  unpack_kernel "$new/packages/${kernel}_"*.deb "$new/tools"
  busybox depmod -b "$new/tools" "$release"
  extract_vmlinux "$new/tools/boot/vmlinuz-$release" "$new/vmlinux"
  build_initramfs "$new"
  rm -r "$new/packages" "$new/tools/boot"
  touch "$new/ready"
  rm -rf "$ready"
  mv -T "$new" "$ready"
  log "ready in $SECONDS s: $ready"
}

# The recipe is part of the key: whoever changes it gets a new machine.
recipe=$(cat "$here/setup.sh" "$here/init" | sha256sum | head -c 12)

mkdir -p "$cache"
# Several tests may start at once.
exec {lock}>"$cache/lock"
flock "$lock"
if [ "${1:-}" != --force ]; then
  # Whether there is a newer kernel is asked once a week.
  recent=$(find "$cache" -mindepth 2 -maxdepth 2 -path "*-$recipe/ready" -mtime -7 | tail -n 1)
  if [ -n "$recent" ]; then
    dirname "$recent"
    exit
  fi
fi

for program in apt-get apt-cache dpkg-deb xz; do
  command -v "$program" >/dev/null || skip "$program is missing" "Debian 12 on amd64 is needed."
done
[ "$(dpkg --print-architecture)" = amd64 ] || skip "the machine is not amd64"

kernel=$(kernel_package)
if [ -z "$kernel" ]; then
  refresh_package_lists
  kernel=$(kernel_package)
fi
[ -n "$kernel" ] || skip "apt knows no linux-image-amd64" "Run apt-get update on a Debian 12 machine."
release=${kernel#linux-image-}
ready=$cache/$release-$recipe

if [ "${1:-}" = --force ]; then rm -rf "$ready"; fi
if [ -f "$ready/ready" ]; then touch "$ready/ready"; else prepare; fi
printf '%s\n' "$ready"
