#!/usr/bin/env python3
"""Checks the one rule between the folders: who may include whom.

The emulator and the engine share opcodes and layouts only, so that a misreading is never mirrored on
both sides; this check keeps it so.
"""
import pathlib
import re
import subprocess
import sys

BASE = ("protocol/base/", "protocol/wire/")
MAY_INCLUDE = {
    "protocol/base/": ("protocol/base/",),
    "protocol/wire/": BASE,
    "protocol/layout/": BASE + ("protocol/layout/",),
    "protocol/engine/": BASE + ("protocol/layout/", "protocol/engine/"),
    "emulator/": BASE + ("emulator/",),
    "device/": BASE + ("device/",),
    "traces/": BASE + ("traces/",),
    "harness/": ("protocol/", "emulator/", "device/", "traces/", "harness/"),
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def main() -> int:
    files = subprocess.run(["git", "ls-files", "*.h", "*.cc"], check=True, capture_output=True,
                           text=True).stdout.split()
    problems = []
    for name in files:
        folder = next((f for f in MAY_INCLUDE if name.startswith(f)), None)
        if folder is None:
            continue
        for number, line in enumerate(pathlib.Path(name).read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match and not match.group(1).startswith(MAY_INCLUDE[folder]):
                problems.append(f"{name}:{number}: {folder} may not include {match.group(1)}")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
