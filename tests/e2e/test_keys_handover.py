"""A token is shown once: either it reached stdout and works, or nothing has changed."""
import fcntl
import json
import os
import re
import signal
import sqlite3
import subprocess

import pytest
from support.keys_program import keys  # noqa: F401 (a fixture)
from support.processes import wait_until

MAKERS = [["add", "bob", "new"], ["add", "amy"], ["-g", "bob", "new"], ["rotate", "bob/default"],
          ["rotate", "bob/default", "--grace", "0"], ["add", "amy", "--json"], ["rotate", "bob/default", "--json"]]
each_maker = pytest.mark.parametrize("arguments", MAKERS, ids=" ".join)


def everything(keys):
    connection = sqlite3.connect(keys.db)
    rows = [connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall() for table in ("users", "keys", "audit")]
    connection.close()
    return rows


def start(keys, arguments, stdout):
    return subprocess.Popen(keys.command(*arguments), stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                            env=keys.environment, cwd=keys.folder, text=True)


def works(keys, token):
    return keys("verify", input=token).returncode == 0


def full_pipe():
    """Its two ends, and how many bytes are in it."""
    reader, writer = os.pipe()
    flags = fcntl.fcntl(writer, fcntl.F_GETFL)
    fcntl.fcntl(writer, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    size = 0
    try:
        while True:
            size += os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    fcntl.fcntl(writer, fcntl.F_SETFL, flags)
    return reader, writer, size


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
@each_maker
def test_a_token_that_cannot_be_written_is_never_in_force(keys, arguments, redirection):
    old = keys.add("bob")
    before = everything(keys)
    result = keys.shell(f"aihub-keys {' '.join(arguments)} {redirection}")
    assert result.returncode == 1 and result.stderr.count("\n") == 1
    assert "cannot write to stdout" in result.stderr and "nothing was changed" in result.stderr
    assert everything(keys) == before
    assert works(keys, old)


@each_maker
def test_a_token_for_a_pipe_without_a_reader_is_never_in_force(keys, arguments):
    old = keys.add("bob")
    before = everything(keys)
    reader, writer = os.pipe()
    os.close(reader)
    child = start(keys, arguments, writer)
    os.close(writer)
    _, said = child.communicate(timeout=30)
    assert child.returncode == -signal.SIGPIPE and said == ""
    assert everything(keys) == before
    assert works(keys, old)


@each_maker
def test_who_reads_a_line_has_a_token_that_works(keys, arguments):
    keys.add("bob")
    reader, writer = os.pipe()
    child = start(keys, arguments, writer)
    os.close(writer)
    with os.fdopen(reader) as out:
        line = out.readline()
        assert works(keys, re.search(r"ahk_[0-9A-Za-z]{36}", line)[0])
        assert out.read() == ""
    child.communicate(timeout=30)
    assert child.returncode == 0


def test_a_reader_who_takes_no_more_than_the_token_has_one_that_works(keys):
    """The newline may find nobody there any more."""
    result = keys.shell("aihub-keys add bob | head -c 40")
    assert works(keys, result.stdout)


def is_waiting(child):
    with open(f"/proc/{child.pid}/stat") as stat:
        state = stat.read().rpartition(")")[2].split()[0]
    links = [os.readlink(f"/proc/{child.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{child.pid}/fd")]
    return state == "S" and any(link.endswith("aihub.db") for link in links)


@pytest.mark.parametrize("arguments", [["add", "amy"], ["rotate", "bob/default"]], ids=" ".join)
def test_who_does_not_read_holds_up_nobody_who_writes(keys, arguments):
    keys.add("bob")
    reader, writer, size = full_pipe()
    child = start(keys, arguments, writer)
    os.close(writer)
    wait_until(lambda: is_waiting(child), "the program to wait for its reader")
    keys.add("zoe")
    assert child.poll() is None
    with os.fdopen(reader, "rb") as out:
        assert out.read(size) == b"x" * size
        token = out.read().decode().strip()
    assert child.wait(timeout=30) == 0
    assert works(keys, token)


def test_a_name_that_is_taken_shows_no_token(keys):
    keys.add("bob")
    result = keys("add", "bob", "--json")
    assert result.returncode == 7 and result.stdout == ""
    assert json.loads(result.stderr)["error"]["code"] == "conflict"
