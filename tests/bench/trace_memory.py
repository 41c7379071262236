#!/usr/bin/env python3
"""Peak memory of what mtkrig does with a recording of 2 GiB. Memory must not grow with a trace.

usage: tests/bench/trace_memory.py MTKRIG [FOLDER]

Records the reading of 2 GiB from a phone in software, and lets each command go through the
recording. Everything is made in a temporary folder (in FOLDER) that takes up to 6 GiB, and is
removed afterwards.
"""
import os
import sys
import tempfile
import time

LIMIT_MIB = 64
SIZE = 2 << 30
PHONE = "emulator:mt6595"


def commands(folder: str) -> list[tuple[str, list[str], list[str]]]:
    """What is measured: a name, the arguments, and the files that it leaves."""
    trace = os.path.join(folder, "session.pcapng")
    image = os.path.join(folder, "part.bin")
    again = os.path.join(folder, "again.pcapng")
    redacted = os.path.join(folder, "public.pcapng")
    side_file = os.path.join(folder, "public.replay.yaml")
    compressed = os.path.join(folder, "again.pcapng.zst")
    read = ["readback", "-o", folder, "--range", "EMMC_USER:0x0+2G=part.bin", "--quiet"]
    outputs = [image, os.path.join(folder, "manifest.json")]
    return [
        ("record", [*read, "--device", PHONE, "--trace", trace], outputs),
        ("replay a phone", [*read, "--device", f"replay:{trace}"], outputs),
        ("replay a host", ["replay-host", trace, "--device", PHONE, "--quiet"], []),
        ("show", ["trace", "show", trace, "--quiet"], []),
        ("stats", ["trace", "stats", trace, "--quiet"], []),
        ("compare", ["trace", "diff", trace, trace, "--quiet"], []),
        ("redact", ["trace", "redact", trace, redacted, "--quiet"], [redacted, side_file]),
        ("convert", ["trace", "convert", trace, again, "--quiet"], [again]),
        ("convert to zstd", ["trace", "convert", trace, compressed, "--quiet"], [compressed]),
    ]


def run(mtkrig: str, arguments: list[str]) -> tuple[int, float, float]:
    """Exit status, seconds, and MiB at the peak."""
    start = time.monotonic()
    child = os.spawnvp(os.P_NOWAIT, mtkrig, [mtkrig, *arguments])
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - start, usage.ru_maxrss / 1024


def main() -> int:
    mtkrig = os.path.abspath(sys.argv[1])
    good = True
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        for name, arguments, leaves in commands(folder):
            status, seconds, peak = run(mtkrig, arguments)
            print(f"{name}: exit {status}, {seconds:.1f} s, peak memory {peak:.1f} MiB "
                  f"(limit {LIMIT_MIB})", flush=True)
            good = good and status == 0 and peak < LIMIT_MIB
            if name == "record" and os.path.getsize(os.path.join(folder, "session.pcapng")) < SIZE:
                print("the recording is shorter than what was read")
                return 1
            for path in leaves:
                if os.path.exists(path):
                    os.remove(path)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
