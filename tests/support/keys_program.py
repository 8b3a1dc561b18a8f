"""aihub-keys with a folder, an environment and a database of its own."""
import json
import os
import pty
import re
import subprocess

import pytest

from support import processes
from support.paths import binary


class Keys:
    """The program with a folder, an environment and a database of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.db = folder / "data" / "aihub.db"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AIHUB_DB": str(self.db),
                            "XDG_CONFIG_HOME": str(folder / "none"), "LANG": "C.UTF-8"}

    def command(self, *arguments):
        return [binary("aihub-keys"), *arguments]

    def __call__(self, *arguments, db=None, **more):
        environment = self.environment | {"AIHUB_DB": str(db or self.db)} | more.pop("environment", {})
        if "input" not in more:
            more.setdefault("stdin", subprocess.DEVNULL)
        return processes.run(self.command(*arguments), env=environment, cwd=self.folder, **more)

    def ok(self, *arguments, **more):
        result = self(*arguments, **more)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def add(self, *arguments):
        return self.ok("add", *arguments).strip()

    def rows(self, *arguments):
        return json.loads(self.ok("list", "--json", *arguments))["keys"]

    def paths(self, *arguments):
        return [f"{row['user']}/{row['name']}" for row in self.rows(*arguments)]

    def shell(self, script):
        command = ["bash", "-c", script]
        environment = self.environment | {"PATH": f"{os.path.dirname(binary('aihub-keys'))}:{self.environment['PATH']}"}
        return processes.run(command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL)

    def at_terminal(self, *arguments, types="", stdout=None):
        """Runs it on a terminal of its own; gives the exit code and all that the terminal showed."""
        leader, follower = pty.openpty()
        child = subprocess.Popen([binary("aihub-keys"), *arguments], stdin=follower, stderr=follower,
                                 stdout=stdout or follower, env=self.environment, cwd=self.folder,
                                 start_new_session=True)
        os.close(follower)
        os.write(leader, types.encode())
        shown = b""
        try:
            while piece := os.read(leader, 4096):
                shown += piece
        except OSError:  # Linux says so when the other end is closed
            pass
        os.close(leader)
        return child.wait(timeout=30), shown.decode()


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path)


def refused(result, code, *words):
    """One line on stderr that begins with the program's name, nothing on stdout, and the documented exit code."""
    assert result.returncode == code, (result.stdout, result.stderr)
    assert result.stdout == ""
    assert re.fullmatch(r"aihub-keys: [^\n]+\n", result.stderr), result.stderr
    for word in words:
        assert word in result.stderr
    return result.stderr
