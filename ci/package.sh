#!/usr/bin/env bash
# Builds the Debian package, build/package/mtkrig_VERSION_ARCH.deb: the command, its manual page and
# completions, and the udev rules.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=yes
umask 022  # what the package installs is readable by everybody

ci/setup.sh build
cmake --preset release -DBUILD_TESTING=OFF -DMTKRIG_ZSH_DIR=share/zsh/vendor-completions \
  -B build/package >/dev/null
cmake --build build/package --target mtkrig
rm -f build/package/mtkrig_*.deb
(cd build/package && cpack)

# What a user of the package misses without a word when it is not in.
listing=$(dpkg-deb -c build/package/mtkrig_*.deb)
for path in usr/bin/mtkrig usr/lib/udev/rules.d/60-mtkrig.rules usr/share/man/man1/mtkrig.1 \
  usr/share/bash-completion/completions/mtkrig usr/share/zsh/vendor-completions/_mtkrig \
  usr/share/fish/vendor_completions.d/mtkrig.fish usr/share/doc/mtkrig/copyright; do
  grep -q " \./$path\$" <<<"$listing" || { echo "error: the package lacks $path" >&2; exit 1; }
done
