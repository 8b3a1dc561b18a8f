#!/usr/bin/env python3
"""clang-tidy over the project's own files of compile_commands.json, a process a core. usage: tidy.py BUILD_FOLDER

A file whose text, and that of every header and of .clang-tidy, is as it was when it last passed is not read again.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def own_sources(build):
    entries = json.loads((build / "compile_commands.json").read_text())
    sources = {pathlib.Path(entry["file"]) for entry in entries}
    return sorted(path for path in sources if any((ROOT / top) in path.parents for top in ("shared", "tools")))


def headers_digest():
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    for top in ("shared", "tools"):
        for path in sorted((ROOT / top).rglob("*.hpp")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def check(build, path):
    run = subprocess.run(["clang-tidy-19", "--quiet", "-p", str(build), str(path)], cwd=ROOT, capture_output=True,
                         text=True)
    return run.returncode == 0, run.stdout + ("" if run.returncode == 0 else run.stderr)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    passed_file = build / "tidy_passed.json"
    passed = set(json.loads(passed_file.read_text())) if passed_file.exists() else set()
    headers = headers_digest()
    marks = {path: hashlib.sha256(headers.encode() + str(path).encode() + path.read_bytes()).hexdigest()
             for path in own_sources(build)}
    failed = False
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        due = [path for path, mark in marks.items() if mark not in passed]
        for path, (good, output) in zip(due, pool.map(lambda path: check(build, path), due)):
            if good:
                passed.add(marks[path])
            else:
                failed = True
                print(f"{path.relative_to(ROOT)}:\n{output}")
    passed_file.write_text(json.dumps(sorted(passed & set(marks.values()))))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
