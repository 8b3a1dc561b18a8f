"""What a key may use and how long, from the command line: add, show, change, rotate, verify, and list's filters."""
import fcntl
import hashlib
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import termios
import time

import pytest
from support import processes
from support.keys_program import Keys, keys, refused  # noqa: F401 (keys is a fixture)

DAY = 86_400_000


def shown(keys, target):
    return json.loads(keys.ok("show", target, "--json"))


def verify(keys, token, *arguments):
    return keys("verify", *arguments, input=token)


def sql(keys, statement, *values):
    """What only time could do to the rows: making a key old."""
    connection = sqlite3.connect(keys.db, isolation_level=None)
    connection.execute(statement, values)
    connection.close()


# --- add, show, change -------------------------------------------------------------------------------------------

def test_the_terms_of_a_key_are_kept(keys):
    keys.add("bob", "ci", "--models", "llama3*, qwen2.5:7b", "--requests-per-minute", "7", "--tokens-per-minute", "1000",
             "--max-concurrent", "0", "--budget", "12.5", "--balance", "3.000001", "--tier", "sub")
    key = shown(keys, "bob/ci")
    assert key["schema"] == "aihub.key/1"
    assert key["models"] == ["llama3*", "qwen2.5:7b"]
    assert (key["requests_per_minute"], key["tokens_per_minute"], key["max_concurrent"]) == (7, 1000, 0)
    assert (key["budget"], key["spent"], key["balance"], key["tier"]) == ("12.50", "0.00", "3.000001", "sub")
    assert (key["kind"], key["active"], key["parent"]) == ("user", True, None)
    [row] = keys.rows()
    assert all(row[name] == key[name] for name in ("models", "requests_per_minute", "budget", "kind", "id"))


def test_without_terms_there_are_none(keys):
    keys.add("bob")
    key = shown(keys, "bob/default")
    assert [key[name] for name in ("requests_per_minute", "tokens_per_minute", "max_concurrent", "budget", "expires",
                                   "last_used", "revoked", "previous_hint", "previous_until")] == [None] * 9
    assert key["models"] == [] and key["balance"] == "0.00"


def test_show_never_holds_the_token(keys):
    token = keys.add("bob")
    said = keys.ok("show", "bob/default") + keys.ok("show", "bob/default", "--json")
    assert token not in said and token[4:34] not in said
    assert f"hint: ahk_…{token[-4:]}" in said


def test_a_worker_key_has_its_own_prefix(keys):
    assert re.fullmatch(r"ahw_[0-9A-Za-z]{36}", keys.add("hub", "--worker"))
    assert shown(keys, "hub/default")["kind"] == "worker"
    refused(keys("add", "hub", "both", "--worker", "--admin"), 2, "exclude")


def test_a_balance_is_for_new_users_and_others_are_told_so(keys):
    keys.add("bob", "one", "--balance", "5")
    result = keys("add", "bob", "two", "--balance", "7")
    assert result.returncode == 0 and "--balance is for new users" in result.stderr
    assert shown(keys, "bob/two")["balance"] == "5.00"
    assert "--balance" not in keys("add", "amy", "--balance", "1").stderr


@pytest.mark.parametrize("option, value", [
    ("--balance", "1,50"), ("--balance", "0.0000001"), ("--balance", "1e3"), ("--balance", ""),
    ("--budget", "-1"), ("--budget", "much"), ("--models", ","), ("--models", ""),
    ("--requests-per-minute", "-1"), ("--requests-per-minute", "1.5"), ("--tokens-per-minute", "99999999999999"),
    ("--max-concurrent", "many"),
])
def test_terms_that_make_no_sense_are_refused_by_name(keys, option, value):
    refused(keys("add", "bob", f"{option}={value}"), 2, option)
    assert not keys.db.exists()


def test_terms_can_be_changed_one_by_one(keys):
    keys.add("bob", "--requests-per-minute", "7", "--max-concurrent", "3", "--budget", "5")
    key = json.loads(keys.ok("change", "bob/default", "--requests-per-minute", "9", "--models", "a,b*", "--json"))
    assert (key["requests_per_minute"], key["max_concurrent"], key["budget"], key["models"]) == (9, 3, "5.00", ["a", "b*"])
    key = json.loads(keys.ok("change", key["id"], "--requests-per-minute", "default", "--models", "any", "--budget", "none",
                             "--expires", "2099-01-01", "--json"))
    assert (key["requests_per_minute"], key["max_concurrent"], key["budget"], key["models"]) == (None, 3, None, [])
    assert key["expires"] == "2099-01-01T00:00:00Z"
    assert json.loads(keys.ok("change", key["id"], "--expires", "never", "--json"))["expires"] is None


def test_a_change_of_nothing_is_wrong_usage(keys):
    keys.add("bob")
    refused(keys("change", "bob/default"), 2, "nothing is to be changed")


@pytest.mark.parametrize("command", [["show"], ["change"], ["rotate"]])
def test_a_key_that_does_not_exist_is_named(keys, command):
    more = ["--budget", "1"] if command == ["change"] else []
    refused(keys(*command, "bob/none", *more), 3)
    assert not keys.db.exists()
    keys.add("bob")
    refused(keys(*command, "bob/none", *more), 3, "bob/none")
    refused(keys(*command, "ffffffffffff", *more), 3, "ffffffffffff")


# --- rotate ------------------------------------------------------------------------------------------------------

def test_a_rotated_key_has_two_tokens_for_a_while(keys):
    old = keys.add("bob", "laptop", "--budget", "5")
    before = shown(keys, "bob/laptop")
    result = keys("rotate", "bob/laptop", "--grace", "1h")
    new = result.stdout.strip()
    assert re.fullmatch(r"ahk_[0-9A-Za-z]{36}\n", result.stdout) and new != old
    assert new not in result.stderr and "the old one works until" in result.stderr
    after = shown(keys, "bob/laptop")
    assert (after["id"], after["budget"]) == (before["id"], before["budget"])
    assert after["hint"] == f"ahk_…{new[-4:]}" and after["previous_hint"] == f"ahk_…{old[-4:]}"
    assert verify(keys, old).returncode == 0 and verify(keys, new).returncode == 0
    sql(keys, "UPDATE keys SET previous_until_ms = ?", int(time.time() * 1000) - 1)
    assert "replaced by a newer one" in refused(verify(keys, old), 4)
    assert verify(keys, new).returncode == 0


def test_a_rotation_without_grace_ends_the_old_token(keys):
    old = keys.add("bob")
    result = keys("rotate", "bob/default", "--grace", "0")
    assert "works no longer" in result.stderr
    refused(verify(keys, old), 4)
    assert verify(keys, result.stdout).returncode == 0


def test_the_grace_is_a_day_unless_it_is_said(keys):
    keys.add("bob")
    keys.ok("rotate", "bob/default")
    until = sqlite3.connect(keys.db).execute("SELECT previous_until_ms FROM keys").fetchone()[0]
    assert abs(until - time.time() * 1000 - DAY) < 60_000


@pytest.mark.parametrize("grace", ["", "soon", "5", "-1h", "off"])
def test_a_grace_that_makes_no_sense_is_refused(keys, grace):
    token = keys.add("bob")
    refused(keys("rotate", "bob/default", f"--grace={grace}"), 2, "--grace")
    assert verify(keys, token).returncode == 0


# --- verify ------------------------------------------------------------------------------------------------------

def test_verify_says_whose_token_it_is(keys):
    token = keys.add("bob", "laptop", "--tier", "sub")
    for text in (token, token + "\n", f"  {token}\r\n"):
        known = json.loads(verify(keys, text, "--json").stdout)
        assert (known["user"], known["name"], known["tier"]) == ("bob", "laptop", "sub")
        assert known["id"] == hashlib.sha256(token.encode()).hexdigest()[:12]
    assert verify(keys, token, "-").returncode == 0
    assert token not in verify(keys, token).stdout


def test_verify_tells_apart_why_a_token_does_not_work(keys):
    token = keys.add("bob", "laptop")
    keys.ok("user", "disable", "bob")
    refused(verify(keys, token), 4, "the user bob is disabled")
    keys.ok("user", "enable", "bob")
    sql(keys, "UPDATE keys SET expires_ms = ?", 1_600_000_000_000)
    refused(verify(keys, token), 4, "expired at 2020-09-13T12:26:40Z")
    keys.ok("delete", "bob/laptop", "--yes")
    refused(verify(keys, token), 4, "was deleted at")
    keys.ok("user", "delete", "bob", "--yes")
    refused(verify(keys, token), 4, "was deleted at")
    refused(verify(keys, "sk-of-somebody-else"), 4, "nobody has this token")


def test_verify_before_there_is_a_database_knows_nobody(keys):
    refused(verify(keys, "sk-of-somebody-else"), 4, "nobody has this token")
    assert not keys.db.exists()


@pytest.mark.parametrize("text", ["", "\n", "   ", "two words", "\x1b[31mred", "ahk_" + "a" * 36, "ahk_short", "ü"])
def test_what_is_no_token_is_malformed(keys, text):
    message = refused(verify(keys, text), 2)
    assert "\x1b" not in message


def test_a_token_as_an_argument_is_refused(keys):
    token = keys.add("bob")
    said = refused(keys("verify", token), 2, "everybody on this machine")
    assert token not in said


def test_endless_input_is_no_token(keys):
    result = keys.shell("head -c 1000000 /dev/zero | tr '\\0' a | aihub-keys verify")
    refused(result, 2, "more than")


def own_terminal():
    """Stdin controls the process: Ctrl-C is a signal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class AskedForToken:
    """verify at a terminal of its own, at the moment when what is typed is not seen any more."""

    def __init__(self, keys):
        self.leader, self.follower = pty.openpty()
        self.child = subprocess.Popen(keys.command("verify"), stdin=self.follower, stdout=self.follower,
                                      stderr=self.follower, env=keys.environment, start_new_session=True,
                                      preexec_fn=own_terminal)
        processes.wait_until(lambda: not self.echoes(), "what is typed to be unseen", 10)

    def echoes(self):
        return bool(termios.tcgetattr(self.follower)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.leader, text)
        return self.child.wait(timeout=30)

    def close(self):
        os.set_blocking(self.leader, False)
        screen = os.read(self.leader, 65536).decode()
        os.close(self.leader)
        os.close(self.follower)
        return screen


def test_a_person_types_a_token_unseen(keys):
    token = keys.add("bob")
    terminal = AskedForToken(keys)
    assert terminal.type(token.encode() + b"\n") == 0
    assert terminal.echoes()
    screen = terminal.close()
    assert "token: " in screen and "user: bob" in screen and token not in screen


@pytest.mark.parametrize("typed, number", [(b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)])
def test_a_terminal_is_sane_after_a_signal(keys, typed, number):
    terminal = AskedForToken(keys)
    assert terminal.type(typed) == -number
    assert terminal.echoes()
    terminal.close()


# --- list's filters ----------------------------------------------------------------------------------------------

def test_keys_can_be_listed_by_when_they_end(keys):
    keys.add("bob", "soon", "--expires", "3d")
    keys.add("bob", "later", "--expires", "30d")
    keys.add("bob", "never")
    keys.add("bob", "over", "--expires", "1d")
    sql(keys, "UPDATE keys SET expires_ms = ? WHERE name = 'over'", int(time.time() * 1000) - 1)
    assert keys.paths("--expired") == ["bob/over"]
    assert keys.paths("--expiring", "7d") == ["bob/soon"]
    assert sorted(keys.paths("--expiring", "31d")) == ["bob/later", "bob/soon"]
    refused(keys("list", "--expiring", "7d", "--expired"), 2, "exclude")
    refused(keys("list", "--expiring", "soon"), 2, "--expiring")


def test_keys_can_be_listed_by_when_they_were_used(keys):
    now = int(time.time() * 1000)
    for name in ("new", "idle", "busy"):
        keys.add("bob", name)
    sql(keys, "UPDATE keys SET created_ms = ? WHERE name IN ('idle', 'busy')", now - 90 * DAY)
    sql(keys, "UPDATE keys SET last_used_ms = ? WHERE name = 'busy'", now - DAY)
    assert keys.paths("--unused", "30d") == ["bob/idle"]
    assert sorted(keys.paths("--unused", "12h")) == ["bob/busy", "bob/idle"]
    refused(keys("list", "--unused", "long"), 2, "--unused")
