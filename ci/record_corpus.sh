#!/usr/bin/env bash
# Makes the recordings of every phone in software anew, as traces/corpus/emulated/ holds them: the same
# bytes each time.
#   ci/record_corpus.sh [--mtkrig PATH]           writes them
#   ci/record_corpus.sh --check [--mtkrig PATH]   tells whether those that are there are up to date
set -euo pipefail
cd "$(dirname "$0")/.."

corpus=traces/corpus/emulated
mtkrig=build/release/harness/mtkrig
check=0
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=1 ;;
    --mtkrig) mtkrig=$2; shift ;;
    *) sed -n 's/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Agents of a few KiB in place of the 200 KiB of real ones; only a phone in software runs them.
python3 tests/vm/make_da.py --small "$work/agents.bin"

# The areas that a session reads: the side file names where their content comes from.
areas() {
  case $1 in
    mt6573) echo nand ;;
    *) echo user boot1 ;;
  esac
}

# What is read. NAND comes in packets of one page, so of boot and recovery the first blocks have to do;
# a small partition that is named has the table read.
wanted() {
  case $1 in
    mt6573) echo "--range NAND:0x480000+0x20000=boot.bin --range NAND:0x980000+0x20000=recovery.bin seccfg" ;;
    *) echo "boot recovery" ;;
  esac
}

record() {  # name of the phone
  local phone=$1 area words
  read -ra words <<<"$(wanted "$phone")"
  "$mtkrig" readback --quiet --device "emulator:$phone" --da "$work/agents.bin" --output "$work/out" --force \
    --trace "$work/$phone.wire" --snap 64 "${words[@]}"
  # A new version of mtkrig is no other session.
  sed -i 's/^@ tool mtkrig .*/@ tool mtkrig/' "$work/$phone.wire"
  {
    echo "# What the recording was cut by is what the phone in software holds."
    echo "contents:"
    for area in $(areas "$phone"); do echo "  - {area: $area, emulator: $phone}"; done
  } >"$work/$phone.replay.yaml"
}

for profile in emulator/profiles/*.yaml; do
  record "$(basename "$profile" .yaml)"
done
rm -rf "$work/out"

if [ "$check" = 1 ]; then
  if diff --recursive --brief "$work" "$corpus"; then
    exit 0
  fi
  cat >&2 <<END
The recordings in $corpus are out of date: engine, emulator or profiles say something else now.
  ci/record_corpus.sh        writes them anew
  git diff $corpus           shows what is said otherwise: commit it if that is meant
END
  exit 1
fi
mkdir -p "$corpus"
cp "$work"/* "$corpus/"
