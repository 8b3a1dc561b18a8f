"""aihub-logwatch with a folder, an environment and a database of its own, and lines for it to read."""
import json
import os
import subprocess

import pytest

from support import processes
from support.paths import binary


class Logwatch:
    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "access.log"
        self.db = folder / "data" / "aihub.db"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AIHUB_DB": str(self.db),
                            "XDG_CONFIG_HOME": str(folder / "none"), "LANG": "C.UTF-8"}

    def command(self, *arguments):
        return [binary("aihub-logwatch"), *map(str, arguments)]

    def __call__(self, *arguments, environment=(), **more):
        if "input" not in more:
            more.setdefault("stdin", subprocess.DEVNULL)
        return processes.run(self.command(*arguments), env={**self.environment, **dict(environment)}, cwd=self.folder, **more)

    def ok(self, *arguments, **more):
        result = self(*arguments, **more)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def start(self, *arguments):
        return subprocess.Popen(self.command(*arguments), env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=processes.die_with_parent)

    def ingest(self, *files, **more):
        """How many lines were new."""
        answer = json.loads(self.ok("ingest", "--json", *(files or [self.log]), **more))
        return sum(row["lines"] for row in answer["files"])

    def query(self, sql):
        return json.loads(self.ok("sql", "--json", sql))["rows"]

    def names(self):
        """What `lines` called each stored request, as often as it is stored."""
        return [row["request_uri"] for row in self.query("SELECT request_uri FROM access_events ORDER BY id")]

    def offsets(self):
        return json.loads(self.ok("offsets", "list", "--json"))["offsets"]


def line(name, second=0, status=200, agent="tester"):
    return json.dumps({"time": f"2026-01-31T08:{second // 60 % 60:02}:{second % 60:02}+00:00", "remote_addr": "192.0.2.7",
                       "request_method": "GET", "request_uri": name, "status": status, "request_time": 0.012,
                       "body_bytes_sent": 10, "bytes_sent": 200, "user_agent": agent, "api_key": "ahk_…1234"}) + "\n"


def lines(first, last):
    """Requests first … last - 1, each with a name and a time of its own."""
    return "".join(line(f"/{number}", number) for number in range(first, last))


def names(first, last):
    return [f"/{number}" for number in range(first, last)]


@pytest.fixture
def watch(tmp_path):
    return Logwatch(tmp_path)
