#!/usr/bin/env python3
"""Starts the real model servers on free ports of the loopback address and ends exactly those.

usage: servers.py start|stop|status     by hand: they stay until `stop`, and test runs of this checkout use them
As a module: `ensure()` gives the ones that run already, or starts them for the length of the test run.
"""
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support import backends, processes  # noqa: E402
from support.paths import REAL, SUPPORT  # noqa: E402

STATE = REAL / "run" / "servers.json"
LLAMA_KEY = "sk-llama"  # what the keyed server wants from the gateway


class Servers:
    """Addresses by attribute (`servers.llama` is "http://127.0.0.1:PORT"); None for what is left out."""

    NAMES = ("llama", "embed", "keyed", "seer", "speech", "ollama")

    def __init__(self, entries, left_out, owned):
        self.entries, self.left_out, self.owned = entries, left_out, owned

    def __getattr__(self, name):
        if name not in self.NAMES:
            raise AttributeError(name)
        entry = self.entries.get(name)
        return entry and entry["url"]

    def stop(self):
        for entry in self.entries.values():
            if processes.start_time(entry["pid"]) == entry["started"]:
                processes.end_group(entry["pid"])


def llama_command(model, alias, port, *more):
    return [str(REAL / "lib/ollama/llama-server"), "--host", "127.0.0.1", "--port", str(port), "-m", str(REAL / model),
            "--alias", alias, "-t", "1", "-np", "4", "--metrics", "--slots", "--jinja", "--no-webui", "--offline", *more]


def commands(ports, with_ollama):
    """Name: (command, address that answers when it is up, environment)."""
    table = {
        "llama": (llama_command("chain.gguf", "llama-chain", ports["llama"], "-c", "16384"), "/health", {}),
        "embed": (llama_command("embed.gguf", "llama-embed", ports["embed"], "-c", "4096", "--embedding",
                                "--pooling", "mean"), "/health", {}),
        "keyed": (llama_command("chain.gguf", "llama-keyed", ports["keyed"], "-c", "16384", "--api-key", LLAMA_KEY),
                  "/health", {}),
        "seer": (llama_command("seer.gguf", "llama-seer", ports["seer"], "-c", "16384", "--mmproj", str(REAL / "eye.gguf")),
                 "/health", {}),
        "speech": (["/usr/bin/python3", str(SUPPORT / "speech_server.py"), str(ports["speech"])], "/health", {}),
    }
    if with_ollama:
        table["ollama"] = ([str(REAL / "bin/ollama"), "serve"], "/api/version", ollama_environment(ports["ollama"]))
    return table


def ollama_environment(port):
    home, models = REAL / "home", REAL / "ollama-models"
    home.mkdir(exist_ok=True)
    models.mkdir(exist_ok=True)
    return {"OLLAMA_HOST": f"127.0.0.1:{port}", "OLLAMA_MODELS": str(models), "HOME": str(home), "OLLAMA_NO_CLOUD": "1"}


def launch(name, command, environment, keep):
    log = open(REAL / "log" / f"server-{name}", "wb")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                               start_new_session=True, env={**os.environ, **environment},
                               preexec_fn=None if keep else processes.die_with_parent)
    log.close()
    return process.pid


def start(keep=False):
    left_out = backends.install(say=lambda text: None)
    with_ollama = "ollama" not in left_out
    ports = {name: processes.free_port() for name in Servers.NAMES}
    table = commands(ports, with_ollama)
    entries = {}
    for name, (command, _, environment) in table.items():
        pid = launch(name, command, environment, keep)
        entries[name] = {"pid": pid, "started": processes.start_time(pid), "url": f"http://127.0.0.1:{ports[name]}"}
    servers = Servers(entries, left_out, owned=not keep)
    try:
        for name, (_, path, _) in table.items():
            url = entries[name]["url"] + path
            processes.wait_until(lambda: processes.answers(url), f"{name} does not answer; see build/real/log/server-{name}", 60)
        if with_ollama:
            create_ollama_models(servers.ollama)
    except Exception:
        servers.stop()
        raise
    return servers


def create_ollama_models(url):
    with urlopen(url + "/api/tags") as reply:
        present = {model["name"] for model in json.load(reply)["models"]}
    for name, files in (("chain", ["chain"]), ("embed", ["embed"]), ("seer", ["seer", "eye"])):
        if f"{name}:latest" in present:
            continue
        recipe = REAL / f"Modelfile-{name}"
        recipe.write_text("".join(f"FROM {REAL / file}.gguf\n" for file in files))
        problem = backends.logged(f"ollama-create-{name}", [str(REAL / "bin/ollama"), "create", name, "-f", str(recipe)],
                                  env={**os.environ, **ollama_environment(int(url.rsplit(":", 1)[1]))})
        if problem:
            raise RuntimeError(f"Ollama could not take the model file: {problem}")
        time.sleep(1.1)  # Ollama sorts its list by the second of creation and shuffles those of the same one


def running():
    """The servers that were started by hand and still run, or None."""
    try:
        state = json.loads(STATE.read_text())
    except (OSError, ValueError):
        return None
    alive = all(processes.start_time(e["pid"]) == e["started"] for e in state["servers"].values())
    return Servers(state["servers"], state["left_out"], owned=False) if alive else None


def ensure():
    """For a test run: call stop() on the result when `owned`."""
    return running() or start()


def stop_kept():
    try:
        state = json.loads(STATE.read_text())
    except (OSError, ValueError):
        return
    Servers(state["servers"], {}, owned=True).stop()
    STATE.unlink()


def main(verb):
    if verb == "stop":
        stop_kept()
    elif verb == "start":
        servers = running()
        if not servers:
            stop_kept()
            servers = start(keep=True)
            STATE.parent.mkdir(exist_ok=True)
            STATE.write_text(json.dumps({"servers": servers.entries, "left_out": servers.left_out}, indent=1))
    elif verb != "status":
        sys.exit(__doc__)
    servers = running()
    for name, entry in (servers.entries if servers else {}).items():
        print(f"{name:8} {entry['url']}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
