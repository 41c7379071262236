#!/usr/bin/env python3
"""Runs clang-tidy over the files of a compilation database, in parallel, and remembers clean ones.

usage: ci/tidy.py BUILD_DIR [PATH_PREFIX ...]

A clean result is kept under a key made of clang-tidy's version, the .clang-tidy files, and the preprocessed text
of the file, so it is found again only when nothing that clang-tidy sees has changed.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "mtkrig-tidy"


ROOT = str(pathlib.Path.cwd()) + "/"


def key_of(entry: dict, base: bytes) -> str:
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if "clang" in word):]
    command = [w for i, w in enumerate(words) if w not in ("-c", "-MD") and words[i - 1] not in
               ("-o", "-MT", "-MF") and w not in ("-o", "-MT", "-MF")]
    text = subprocess.run(command + ["-E", "-CC"], cwd=entry["directory"], check=True,
                          capture_output=True).stdout
    # Line markers name files by their absolute paths; a clone elsewhere is the same code.
    return hashlib.sha256(base + text.replace(ROOT.encode(), b"")).hexdigest()


def check(entry: dict, build: str, base: bytes) -> tuple[str, int, str]:
    try:
        stamp = CACHE / key_of(entry, base)
    except subprocess.CalledProcessError as error:
        return entry["file"], 1, error.stderr.decode(errors="replace")
    if stamp.exists():
        return entry["file"], 0, ""
    run = subprocess.run(["clang-tidy", "--quiet", "-p", build, entry["file"]], capture_output=True,
                         text=True, check=False)
    if run.returncode == 0:
        stamp.touch()
    return entry["file"], run.returncode, run.stdout + run.stderr


def main() -> int:
    build, prefixes = sys.argv[1], sys.argv[2:]
    database = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    entries = [e for e in database if e["file"].startswith(ROOT)
               and not e["file"].startswith(ROOT + "build/")
               and (not prefixes or any(e["file"].startswith(ROOT + p) for p in prefixes))]
    CACHE.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True).stdout
    base = version + b"".join(path.read_bytes() for path in sorted(pathlib.Path().glob("**/.clang-tidy")))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, code, text in pool.map(lambda e: check(e, build, base), entries):
            if code != 0:
                failed += 1
                print(f"{name.removeprefix(ROOT)}:\n{text}")
    print(f"clang-tidy: {len(entries)} files, {failed} with findings")
    return 1 if failed or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
