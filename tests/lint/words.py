#!/usr/bin/env python3
"""Words that do not belong into the project: paths of one machine, hosts of package registries, unfinished work.

Reads every text file that git knows or would add. The patterns are written so that this file does not match them.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BREACHES = [
    (re.compile(r"(?<![\w.{}$-])/(?:work|root|farm)/"), "a path of one machine"),
    (re.compile(r"(?<![\w.])/tmp/[a-z]+/"), "a path of one machine; use a temporary folder"),
    (re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b"), "unfinished work"),
]
REGISTRIES = (  # what tells this machine's registries, so that none has to be named here
    ["apt-get", "indextargets", "--format", "$(REPO_URI)"], ["npm", "config", "get", "registry"],
    ["pip", "config", "get", "global.index-url"], ["go", "env", "GOPROXY"])
# A corpus holds hostile input on purpose, byte for byte.
SKIPPED = ("tests/fuzz/corpus/",)


def files():
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           check=True, capture_output=True).stdout.decode()
    return [name for name in names.split("\0") if name and not name.startswith(SKIPPED)]


def registry_hosts():
    hosts = set()
    for command in REGISTRIES:
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
        except (OSError, subprocess.TimeoutExpired):
            continue
        hosts.update(re.findall(r"https?://([^/\s,:]+)", said))
    return hosts


def patterns():
    yield from BREACHES
    hosts = "|".join(re.escape(host) for host in sorted(registry_hosts()))
    if hosts:
        yield re.compile(rf"(?<![\w.-])(?:{hosts})(?![\w-])"), "the host of a package registry; leave it to the machine's settings"


def breaches():
    wanted = list(patterns())
    for name in files():
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            for pattern, reason in wanted:
                if pattern.search(line):
                    yield f"{name}:{number}: {reason}: {line.strip()[:100]}"


def main():
    found = list(breaches())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
