"""Where things are: the checkout, its build folder, the binaries under test."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests" / "support"
BUILD = ROOT / "build"
REAL = BUILD / "real"
NODE = BUILD / "node"
VENV = BUILD / "venv"
BIN = Path(os.environ.get("AIHUB_BIN", BUILD / "release" / "bin")).resolve()


def binary(name):
    path = BIN / name
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; build it first with: make")
    return str(path)


def is_sanitized():
    """Sanitizers keep what was freed for a while: a process under test is larger then than it is."""
    return Path(binary("aihub-serve")).parent.parent.name in ("asan", "tsan")
