#!/usr/bin/env python3
"""Peak memory of reading 4 GiB from a 64 GiB phone in software to a file.

usage: tests/bench/peak_memory.py MTKRIG [OUTPUT_DIRECTORY]
"""
import os
import sys
import tempfile
import time

LIMIT_MIB = 64


def main() -> int:
    mtkrig = sys.argv[1]
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        image = os.path.join(folder, "part.bin")
        command = [mtkrig, "readback", "--device", "emulator:mt6595", "-o", folder,
                   "--range", f"EMMC_USER:0x0+4G={image}", "--quiet"]
        start = time.monotonic()
        child = os.spawnvp(os.P_NOWAIT, mtkrig, command)
        _, status, usage = os.wait4(child, 0)
        seconds = time.monotonic() - start
        size = os.path.getsize(image) if os.path.exists(image) else 0
    peak = usage.ru_maxrss / 1024
    print(f"exit {os.waitstatus_to_exitcode(status)}, {size} bytes in {seconds:.1f} s, "
          f"peak memory {peak:.1f} MiB (limit {LIMIT_MIB})")
    return 0 if status == 0 and size == 4 << 30 and peak < LIMIT_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
