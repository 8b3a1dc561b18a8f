#!/usr/bin/env python3
"""The layer rule, read from the include lines: base <- log, crypto <- config, db, http <- accesslog, cli <- tools/*.

A module sees only what stands to its left, tools never include one another, inside aihub-serve the folders
have an order too, and a third-party header stays inside the one module that wraps it.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')

MODULES = {
    "base": set(),
    "log": {"base"},
    "crypto": {"base"},
    "config": {"base", "log", "crypto"},
    "db": {"base", "log", "crypto"},
    "http": {"base", "log", "crypto"},
    "accesslog": {"base", "log", "crypto", "config", "db", "http"},
    "cli": {"base", "log", "crypto", "config", "db", "http"},
}
# A header of a library (by the start of its name) -> the folders whose files may include it.
WRAPPED = {
    "sqlite3.h": ["shared/db"],
    "sodium": ["shared/crypto"],
    "CLI/": ["shared/cli"],
    "boost/": ["tools/aihub-serve/net", "shared/http", "tests"],
    "openssl/": ["tools/aihub-serve/net", "shared/http", "tests"],
    "simdjson": ["shared/http"],
    "nlohmann/": ["shared/config", "shared/cli", "shared/http", "tools", "tests"],
    "zlib.h": ["shared/accesslog/source"],
    "catch2/": ["tests"],
}
# Heavy headers: never in a header outside the folder that owns them.
FORWARD_ONLY = "nlohmann/json_fwd.hpp"  # declares names, costs nothing
SOURCE_ONLY = ("nlohmann/", "sqlite3.h", "sodium", "simdjson", "zlib.h", "CLI/")
# What is about JSON documents themselves, and is included by its own folder only.
HEADERS_OF_DOCUMENTS = ("tools/aihub-serve/services/reply_json.hpp", "tools/aihub-serve/translate/chat_sides.hpp",
                        "tools/aihub-serve/api/fields.hpp", "tools/aihub-serve/api/request_parts.hpp")
# Folders of aihub-serve, outermost first: each may include those after it, never those before.
SERVE_ORDER = ["api", "jobs", "streams", "pipeline", "accounts", "services", "net", "translate"]


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(2)


def module_breach(here, included):
    """Why the file at `here` may not include `included`, or None."""
    source, target = here.split("/"), included.split("/")
    if source[0] == "shared":
        if target[0] in ("tools", "tests"):
            return f"shared/ may not see {target[0]}/"
        if target[0] == "shared" and target[1] != source[1] and target[1] not in MODULES.get(source[1], set()):
            return f"{source[1]} may not see {target[1]} (layer rule)"
    if source[0] == "tools" and target[0] == "tools" and target[1] != source[1]:
        return f"{source[1]} may not include {target[1]}: tools never include one another"
    return None


def serve_breach(here, included):
    source, target = here.split("/"), included.split("/")
    if source[:2] != ["tools", "aihub-serve"] or target[:2] != ["tools", "aihub-serve"]:
        return None
    if source[2] not in SERVE_ORDER or target[2] not in SERVE_ORDER:
        return None
    if SERVE_ORDER.index(target[2]) < SERVE_ORDER.index(source[2]):
        return f"{source[2]}/ may not see {target[2]}/ (order: {' -> '.join(SERVE_ORDER)})"
    return None


def library_breach(here, included):
    for start, folders in WRAPPED.items():
        if not included.startswith(start):
            continue
        if not any(here.startswith(folder + "/") for folder in folders):
            return f"<{included}> belongs to {', '.join(folders)}"
        if here.endswith(".hpp") and included.startswith(SOURCE_ONLY) and included != FORWARD_ONLY and here not in HEADERS_OF_DOCUMENTS:
            return f"<{included}> may stand in .cpp files only"
    return None


def breaches(root):
    files = [path for top in ("shared", "tools", "tests") for path in sorted((root / top).rglob("*.[ch]pp"))]
    for path in files:
        here = path.relative_to(root).as_posix()
        for number, included in includes(path):
            for rule in (module_breach, serve_breach, library_breach):
                reason = rule(here, included)
                if reason:
                    yield f"{here}:{number}: {reason}"


def main():
    found = list(breaches(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
