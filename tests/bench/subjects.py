"""The processes of a bench: mock upstream, nginx and aihub-serve, each pinned to a core, all ended at the end.

Upstream and load share one core and what is measured has the other, so that neither takes time from the other.
"""
import hashlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = pathlib.Path(os.environ.get("AIHUB_BIN", ROOT / "build/release/bin")).resolve()
CORES = sorted(os.sched_getaffinity(0))
SUBJECT_CORE, LOAD_CORE = CORES[0], CORES[-1]
MODELS = ["mock", "sse-200x50ms", "sse-60x500ms", "sse-20x500ms", "sse-40x50ms"]


class BenchError(Exception):
    """Something without which nothing can be measured; its text says what to do."""


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, core, log, **more):
    with open(log, "ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                preexec_fn=lambda: os.sched_setaffinity(0, {core}), **more)


def end(process, seconds=40):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(port, process, log):
    for _ in range(2000):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.005)
    last = pathlib.Path(log).read_text(errors="replace").strip().splitlines()[-1:]
    raise BenchError(f"{process.args[0]} does not listen on port {port}: {' '.join(last)}")


class Upstream:
    name = "direct"
    key = "none"
    pid = None

    def __init__(self, load, folder):
        self.port = free_port()
        log = folder / "upstream.log"
        self.process = start([load, "upstream", "-addr", f"127.0.0.1:{self.port}", "-models", ",".join(MODELS)],
                             LOAD_CORE, log)
        wait_for_port(self.port, self.process, log)

    def stop(self):
        end(self.process)


class Nginx:
    name = "nginx"
    key = "none"

    def __init__(self, upstream, folder, descriptors):
        self.port = free_port()
        text = (HERE / "nginx.conf").read_text()
        values = {"FOLDER": folder, "PORT": self.port, "UPSTREAM": f"127.0.0.1:{upstream.port}",
                  "DESCRIPTORS": descriptors, "CONNECTIONS": max(1024, descriptors - 64)}
        for name, value in values.items():
            text = text.replace(f"%{name}%", str(value))
        file = folder / "nginx.conf"
        file.write_text(text)
        log = folder / "nginx.log"
        self.process = start(["nginx", "-p", folder, "-c", file, "-e", folder / "nginx.error.log"], SUBJECT_CORE, log)
        wait_for_port(self.port, self.process, log)
        self.pid = self.process.pid

    def stop(self):
        end(self.process)


class Gateway:
    """aihub-serve with one thread, one key, its access log in a file. May be started again and again."""

    name = "aihub"
    place = "aihub"

    def __init__(self, upstream, folder):
        self.folder = folder / self.place
        self.folder.mkdir()
        self.upstream = upstream
        self.process = None
        self.port = free_port()
        self.key = self._make_key()

    def _make_key(self):
        added = subprocess.run([BIN / "aihub-keys", "--db", self.folder / "aihub.db", "add", "bench"],
                               capture_output=True, text=True)
        if added.returncode:
            raise BenchError(f"no key could be made: {added.stderr.strip()}")
        return added.stdout.strip()

    def _environment(self):
        own = {"LMSTUDIO_URL": f"http://127.0.0.1:{self.upstream.port}", "OLLAMA_URL": "off", "KOKORO_URL": "off",
               "STT_URL": "off", "OPENWEBUI_URL": "off", "LOG_LEVEL": "info",
               # All load comes from one address, and the form around 200 MB of audio takes a little more than that.
               "AIHUB_CONNECTIONS_PER_CLIENT": "1000000", "AIHUB_MAX_CONNECTIONS": "1000000",
               "AIHUB_AUDIO_BODY_LIMIT": "300MB"}
        return {**os.environ, **own}

    def launch(self):
        """Starts the process and does not wait."""
        self.process = start([BIN / "aihub-serve", "--listen", f"127.0.0.1:{self.port}", "--threads", "1", "--db",
                              self.folder / "aihub.db", "--state-dir", self.folder / "state", "--access-log",
                              self.folder / "access.log"], SUBJECT_CORE, self.folder / "serve.log",
                             env=self._environment(), cwd=self.folder)
        self.pid = self.process.pid

    def start(self):
        self.launch()
        wait_for_port(self.port, self.process, self.folder / "serve.log")

    def stop(self):
        if self.process:
            end(self.process)

    def restart(self):
        self.stop()
        self.start()


class SharedGateway(Gateway):
    """The same with 100,000 keys, and a caller who has limits and pays: everything is counted, nothing refused."""

    place = "shared"
    KEYS = 100_000

    def _make_key(self):
        limits = {"requests_per_minute": 10**9, "tokens_per_minute": 10**12, "max_concurrent": 10**6, "prepaid": True}
        (self.folder / "aihub.json").write_text(json.dumps({"tiers": {"bench": limits}}))
        rows = (json.dumps({"hash": hashlib.sha256(b"key %d" % number).hexdigest(), "user": f"user-{number // 2}", "name": f"key-{number % 2}", "tier": "sub"})
                for number in range(1, self.KEYS + 1))
        self.keys("import", "-", given="\n".join(rows))
        return self.keys("add", "bench", "--tier", "bench", "--balance", "1000000").strip()

    def keys(self, *arguments, given=""):
        done = subprocess.run([BIN / "aihub-keys", "--db", self.folder / "aihub.db", *arguments], input=given,
                              capture_output=True, text=True)
        if done.returncode:
            raise BenchError(f"aihub-keys {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout
