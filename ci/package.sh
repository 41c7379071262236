#!/usr/bin/env bash
# Builds the Debian package, build/package/mtkrig_VERSION_ARCH.deb: the command, its manual page and
# completions, and the udev rules.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=yes
umask 022  # what the package installs is readable by everybody

ci/setup.sh build
cmake --preset release -DBUILD_TESTING=OFF -B build/package >/dev/null
cmake --build build/package --target mtkrig
(cd build/package && cpack)
