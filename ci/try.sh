#!/usr/bin/env bash
# Installs what is needed, builds mtkrig, and reads boot and recovery from a phone in software.
set -euo pipefail
cd "$(dirname "$0")/.."
# A clone elsewhere finds what was compiled here.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=yes

ci/setup.sh build
cmake --preset release -DBUILD_TESTING=OFF -B build/try >/dev/null
cmake --build build/try --target mtkrig

mtkrig=build/try/harness/mtkrig
set -x
"$mtkrig" scatter show tests/data/MT6577_Android_scatter_emmc.txt
"$mtkrig" readback --device emulator:mt6577 --scatter tests/data/MT6577_Android_scatter_emmc.txt \
  -o out --force BOOTIMG RECOVERY
ls -l out
