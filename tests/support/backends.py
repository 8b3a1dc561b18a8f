#!/usr/bin/env python3
"""Installs the real model servers and official clients that the end-to-end tests use, once, under build/.

Standard library only: it runs before there is a virtual environment. Everything comes through the ordinary clients
of the machine (apt's mirror by mmdebstrap, pip, npm, go) as they are configured. llama.cpp and the Python clients must
be there; Ollama and the JavaScript clients are left out, with a sentence, where Go or Node are too old.
usage: backends.py [--quiet]
"""
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.paths import NODE, REAL, SUPPORT, VENV  # noqa: E402

OLLAMA_VERSION = "v0.32.15"
OLLAMA_NEEDS_GO = (1, 21)  # from here on Go fetches a newer toolchain by itself
NODE_NEEDED = 20
LLAMA_SUITE = "forky"  # the first Debian release that has llama.cpp's server with all endpoints
COMMANDS = {  # command: the distribution package that brings it
    "mmdebstrap": "mmdebstrap", "flite": "flite", "espeak-ng": "espeak-ng", "sox": "sox", "lame": "lame",
    "pocketsphinx_continuous": "pocketsphinx", "opusenc": "opus-tools", "flac": "flac",
}
SPHINX_MODEL = Path("/usr/share/pocketsphinx/model/en-us/en-us")


class Missing(Exception):
    """Something that the tests cannot do without; the message says what to do."""


def check_packages():
    missing = sorted({package for command, package in COMMANDS.items() if not shutil.which(command)})
    if not SPHINX_MODEL.exists():
        missing.append("pocketsphinx-en-us")
    if missing:
        raise Missing(f"packages are missing; install them with: apt-get install {' '.join(missing)}")


def logged(name, command, **options):
    """Runs with its output in a log file; returns nothing or the last line of what it said."""
    log = REAL / "log" / name
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        code = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, **options).returncode
    if code == 0:
        return None
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return f"{command[0]} ended with {code}: {lines[-1] if lines else 'no output'} (see build/real/log/{name})"


def debian_mirror():
    """The mirror that this machine's apt is set up with."""
    rows = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN) $(CODENAME) $(REPO_URI)"],
                          capture_output=True, text=True, check=True).stdout.splitlines()
    for row in rows:
        origin, codename, address = row.split(" ", 2)
        if origin == "Debian" and "-" not in codename:
            return address
    raise Missing("apt knows no Debian mirror; run apt-get update on a Debian machine and try again")


def install_llama():
    folder = REAL / "llama.cpp"
    if (folder / "usr/bin/llama-server").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    problem = logged("llama.cpp", [
        "mmdebstrap", "--quiet", "--variant=extract", "--include=llama.cpp-tools",
        "--aptopt=Acquire::Check-Valid-Until \"false\"", "--aptopt=Acquire::Languages \"none\"",
        "--aptopt=APT::Install-Recommends \"false\"", LLAMA_SUITE, str(folder), debian_mirror()])
    if problem:
        shutil.rmtree(folder, ignore_errors=True)
        raise Missing(f"llama.cpp could not be installed: {problem}")


def cpu_backend(libraries):
    flags = Path("/proc/cpuinfo").read_text()
    kind = "haswell" if re.search(r"\bavx2\b", flags) else "x64"
    wanted = f"libggml-cpu-{kind}.so" if platform.machine() == "x86_64" else "libggml-cpu-armv8.0*.so"
    found = sorted(libraries.glob(f"ggml/backends*/{wanted}"))
    if not found:
        raise Missing(f"llama.cpp has no {wanted} for this machine; delete build/real and try again")
    return found[0]


def wrap_llama():
    """Programs of a newer release run on this one with their own loader; Ollama looks for them in ../lib/ollama."""
    tree = REAL / "llama.cpp"
    libraries = tree / "usr/lib" / sysconfig.get_config_var("MULTIARCH")
    loader = sorted(libraries.glob("ld-linux-*.so*"))[0]
    folder = REAL / "lib/ollama"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("llama-server", "llama-quantize"):
        script = folder / name
        script.write_text(
            "#!/bin/sh\nunset LD_LIBRARY_PATH\n"
            f"export GGML_BACKEND_PATH='{cpu_backend(libraries)}'\n"
            f"exec '{loader}' --library-path '{libraries}:{libraries}/llama' '{tree}/usr/bin/{name}' \"$@\"\n")
        script.chmod(0o755)


def system_python():
    return "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


def stamp_is_current(folder, source):
    stamp = folder / ".installed"
    return stamp.exists() and stamp.read_text() == hashlib.sha256(source.read_bytes()).hexdigest()


def write_stamp(folder, source):
    (folder / ".installed").write_text(hashlib.sha256(source.read_bytes()).hexdigest())


def install_python():
    wanted = SUPPORT / "requirements.txt"
    if stamp_is_current(VENV, wanted):
        return
    problem = None
    if not (VENV / "bin/pip").exists():
        problem = logged("venv", [system_python(), "-m", "venv", str(VENV)])
    problem = problem or logged("pip", [str(VENV / "bin/pip"), "install", "--disable-pip-version-check", "-r", str(wanted)])
    if problem:
        raise Missing(f"the Python clients could not be installed: {problem}")
    write_stamp(VENV, wanted)


def install_models():
    for name, script, options in (("chain", "mkchain.py", []), ("embed", "mkchain.py", ["--embed"]),
                                  ("seer", "mkchain.py", ["--think"]), ("eye", "mkeye.py", [str(REAL / "seer.gguf")])):
        target = REAL / f"{name}.gguf"
        if target.exists():
            continue
        problem = logged(f"model-{name}", [str(VENV / "bin/python"), str(SUPPORT / script), str(target), *options])
        if problem:
            target.unlink(missing_ok=True)
            raise Missing(f"the model file {name} could not be written: {problem}")


def command_version(command):
    if not shutil.which(command[0]):
        return None
    text = subprocess.run(command, capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def install_javascript():
    """Nothing when the clients are there, else the sentence that says why not."""
    version = command_version(["node", "--version"])
    if version is None or version[0] < NODE_NEEDED or not shutil.which("npm"):
        return f"the JavaScript clients need Node {NODE_NEEDED} with npm; install it to run their tests"
    wanted = SUPPORT / "package.json"
    if stamp_is_current(NODE, wanted):
        return None
    NODE.mkdir(parents=True, exist_ok=True)
    shutil.copy(wanted, NODE / "package.json")
    problem = logged("npm", ["npm", "install", "--no-audit", "--no-fund"], cwd=NODE)
    if problem:
        return f"the JavaScript clients could not be installed: {problem}"
    write_stamp(NODE, wanted)
    return None


def install_ollama():
    if (REAL / "bin/ollama").exists():
        return None
    version = command_version(["go", "version"])
    if version is None or version < OLLAMA_NEEDS_GO:
        return "Ollama is built with Go 1.21 or newer; install it to run Ollama's tests"
    environment = {**os.environ, "GOBIN": str(REAL / "bin"), "GOFLAGS": "-buildvcs=false"}
    problem = logged("ollama-build", ["go", "install", f"github.com/ollama/ollama@{OLLAMA_VERSION}"], env=environment)
    return f"Ollama could not be built: {problem}" if problem else None


def install(say=print):
    """Everything; returns the reasons of what was left out, by name."""
    REAL.mkdir(parents=True, exist_ok=True)
    check_packages()
    for text, step in (("Python clients", install_python), ("llama.cpp", install_llama), ("model files", install_models)):
        say(f"tests: {text}")
        step()
    wrap_llama()
    left_out = {}
    for name, step in (("javascript", install_javascript), ("ollama", install_ollama)):
        say(f"tests: {name}")
        reason = step()
        if reason:
            left_out[name] = reason
            say(f"tests: {reason}")
    return left_out


if __name__ == "__main__":
    try:
        install(say=(lambda text: None) if "--quiet" in sys.argv else (lambda text: print(text, flush=True)))
    except Missing as missing:
        sys.exit(f"tests: {missing}")
