#!/usr/bin/env bash
# Installs what mtkrig needs on Debian 12, and nothing that is there already.
#   ci/setup.sh build   what building and running takes
#   ci/setup.sh test    that, and what the whole test command takes (the default)
set -euo pipefail

build_packages=(
  g++ cmake ninja-build ccache git pkg-config
  libasio-dev libcli11-dev libexpected-dev libfmt-dev libpugixml-dev libspdlog-dev libssl-dev
  libusb-1.0-0-dev libxxhash-dev libyaml-cpp-dev libzstd-dev nlohmann-json3-dev
)
test_packages=(
  clang clang-format clang-tidy libclang-rt-14-dev lld python3
  libbenchmark-dev libgmock-dev libgtest-dev
  lua5.2 mandoc shellcheck tshark xz-utils
)

case "${1:-test}" in
  build) wanted=("${build_packages[@]}") ;;
  test) wanted=("${build_packages[@]}" "${test_packages[@]}") ;;
  *) echo "usage: ci/setup.sh [build|test]" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "error: these packages are missing and neither root nor sudo is at hand:" >&2
    echo "  apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
