"""A real aihub-serve in a folder of its own, on a port that it picked itself."""
import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

from support import keychain, processes
from support.paths import binary
from support.raw import ask

NO_DEFAULT_SERVICES = {name: "off" for name in ("lmstudio", "ollama", "kokoro", "openwebui", "stt")}
SANITIZER = re.compile(r"(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:).*")


def clean_environment(folder, more=()):
    """Nothing of the caller's settings reaches the program under test."""
    keep = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE")
            if name in os.environ}
    return {**keep, "HOME": str(folder), "LC_ALL": "C.UTF-8", **dict(more)}


class Gateway:
    """`settings` are rows of aihub.json, `services` its services; `flags` come after the usual ones."""

    def __init__(self, folder, services=None, settings=None, flags=(), environment=(), listen="127.0.0.1:0", drain="2s"):
        self.folder = folder
        self.config = folder / "aihub.json"
        self.db = folder / "aihub.db"
        self.environment = clean_environment(folder, environment)
        self.services, self.settings = dict(services or {}), dict(settings or {})
        self.listen, self.flags, self.drain = listen, list(flags), drain
        self.process, self.lines, self.exit_code = None, [], None
        self._printed = threading.Condition()
        self.write_config()

    def write_config(self, **settings):
        """Adds to the settings and writes the file anew, in one step as an editor does."""
        self.settings.update(settings)
        document = {**self.settings, "services": {**NO_DEFAULT_SERVICES, **self.services}}
        fresh = self.config.with_suffix(".new")
        fresh.write_text(json.dumps(document, indent=2))
        fresh.replace(self.config)

    def command(self, *verbs):
        return [binary("aihub-serve"), *verbs, "--state-dir", str(self.folder), "--db", str(self.db),
                "--config", str(self.config)]

    def start(self, wait=True):
        listen = [part for address in self.listen.split(",") for part in ("--listen", address)] if self.listen else []
        command = [*self.command(), *listen, "--drain", self.drain, *self.flags]
        self.lines, self.exit_code = [], None
        self.log = open(self.folder / "stderr.log", "ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
                                        env=self.environment, cwd=self.folder, preexec_fn=processes.die_with_parent)
        threading.Thread(target=self._read_stdout, args=(self.process.stdout, self.lines), daemon=True).start()
        if wait:
            self._await_addresses()
        return self

    def _read_stdout(self, pipe, lines):
        """`lines` belongs to this start: a former one's end must not look like the end of this one."""
        for line in pipe:
            with self._printed:
                lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._printed.notify_all()
        with self._printed:
            lines.append(None)
            self._printed.notify_all()

    def _await_addresses(self):
        wanted = len(self.listen.split(",")) if self.listen else 1
        with self._printed:
            arrived = self._printed.wait_for(lambda: None in self.lines or len(self._announced()) >= wanted, 20)
        if not arrived or len(self._announced()) < wanted:
            raise RuntimeError(f"the gateway did not start:\n{self.stderr()}\n{self.lines}")
        self.addresses = [found[2] for found in self._announced()]
        self.url = self._announced()[0][1]
        self.address = self.addresses[0]
        if (self.folder / "admin.key").exists():
            keychain.remember((self.folder / "admin.key").read_text().strip())

    def _announced(self):
        found = [re.fullmatch(r"listening on (https?://(\S+?))/?", line) for line in self.lines if line]
        return [match for match in found if match]

    def wait_line(self, pattern, seconds=20):
        """The first line of standard output that the pattern fits."""
        def matching():
            return next((line for line in self.lines if line and re.search(pattern, line)), None)
        with self._printed:
            self._printed.wait_for(matching, seconds)
            return matching()

    def stderr(self):
        log = self.folder / "stderr.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def signal(self, number):
        self.process.send_signal(number)

    def hold(self):
        """Stops it, and returns when no thread of it runs any more; signal(SIGCONT) lets it go on."""
        self.signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{self.process.pid}/task")
        processes.wait_until(lambda: all(task.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "T"
                                         for task in tasks.iterdir()), "all threads to stop")

    def wait(self, seconds=60):
        self.exit_code = self.process.wait(seconds)
        return self.exit_code

    def stop(self):
        """SIGTERM; the exit code must be 0 and no sanitizer may have spoken."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "did not end within a minute of SIGTERM"
        self.process = None
        said = SANITIZER.search(self.stderr())
        assert not said, f"{said[0]}\n{self.stderr()[-6000:]}"
        assert code == 0, f"exit code {code} after SIGTERM:\n{self.stderr()[-4000:]}"

    def running(self):
        return self.process is not None and self.process.poll() is None

    def keys_command(self, *arguments):
        return processes.run([binary("aihub-keys"), *arguments, "--db", str(self.db)], env=self.environment, cwd=self.folder)

    def key(self, user="tester", *more):
        """A fresh key from the real aihub-keys."""
        result = self.keys_command("add", user, *more)
        assert result.returncode == 0, result.stderr
        return keychain.remember(result.stdout.strip())

    def admin_key(self):
        return keychain.remember((self.folder / "admin.key").read_text().strip())

    def wait_accepts(self, key, path="/v1/models"):
        """Until a key that was made a moment ago is known."""
        processes.wait_until(lambda: ask(self.address, "GET", path, {"X-API-Key": key}).status != 401,
                             "a new key to be known", 5)
        return key

    def ready_key(self, user="tester", *more):
        return self.wait_accepts(self.key(user, *more))

    def access_log(self):
        """The rows so far."""
        path = self.folder / "access.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait_access(self, condition, seconds=10):
        """The first row of the access log for which the condition holds."""
        return processes.wait_until(lambda: next((row for row in self.access_log() if condition(row)), None),
                                    "a line in the access log", seconds)

    def row_of(self, reply):
        """The row of the access log that belongs to a reply, or to the head of one."""
        return self.wait_access(lambda row: row["request_id"] == reply.get("X-Request-Id"))
