"""The menu of aihub-keys as somebody at a terminal meets it: in tmux, which is a whole terminal with scrollback, and on a bare
pseudo-terminal where exit status and terminal modes are looked at."""
import fcntl
import hashlib
import os
import pty
import random
import re
import select
import shlex
import signal
import sqlite3
import struct
import subprocess
import termios
import threading

import pytest
from support import processes
from support.paths import binary

TOKEN = re.compile(r"ahk_[0-9A-Za-z]{36}")
ENTRIES = ["Generate a token", "List all users", "Delete a token", "Export users to file", "Exit"]
QUESTION = "What do you want to do?"


# Said by the shell rather than by tmux, for which a terminal that was closed is all that matters.
KEEP_STATUS = "echo $? > status.new; mv status.new status"


class Store:
    """A folder with a database and an environment for the program."""

    def __init__(self, folder):
        self.folder = folder
        self.db = folder / "aihub.db"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AIHUB_DB": str(self.db), "TERM": "screen",
                            "XDG_CONFIG_HOME": str(folder / "none"), "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def run(self, *arguments, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        environment = self.environment | more.pop("environment", {})
        return processes.run([binary("aihub-keys"), *arguments], env=environment, cwd=self.folder, **more)

    def add(self, *arguments):
        result = self.run("add", *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def live(self):
        if not self.db.exists():
            return []
        with sqlite3.connect(self.db) as db:
            return db.execute("SELECT users.name, keys.name FROM keys JOIN users ON users.id = keys.user_id "
                              "WHERE keys.revoked_ms IS NULL OR keys.revoked_ms = 0 ORDER BY 1, 2").fetchall()

    def hashes(self):
        with sqlite3.connect(self.db) as db:
            return [row[0] for row in db.execute("SELECT hash FROM keys")]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


class Window:
    """A window of tmux with a server of its own."""

    def __init__(self, store, columns=80, rows=24, shell=None, environment=None, settings=()):
        self.folder = store.folder
        self.socket = str(store.folder / "tmux.sock")
        variables = [f"{name}={value}" for name, value in (store.environment | (environment or {})).items()]
        command = ["env", "-i", *variables, "bash", "-c", shell or f"{shlex.quote(binary('aihub-keys'))}; {KEEP_STATUS}"]
        lines = ["set -g remain-on-exit on", "set -g history-limit 5000", "set -g status off", "set -s escape-time 0", *settings]
        (store.folder / "tmux.conf").write_text("\n".join(lines) + "\n")
        subprocess.run(["tmux", "-u", "-S", self.socket, "-f", str(store.folder / "tmux.conf"), "new-session", "-d", "-x", str(columns),
                        "-y", str(rows), "-c", str(store.folder), shlex.join(command)], check=True,
                       env={"PATH": os.environ["PATH"], "HOME": str(store.folder), "LANG": "C.UTF-8", "SHELL": "/bin/sh"})

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *arguments], check=True, capture_output=True, text=True,
                              timeout=30).stdout

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, timeout=30)

    def shown(self):
        return self.tmux("capture-pane", "-p")

    def with_scrollback(self):
        return self.tmux("capture-pane", "-p", "-S", "-")

    def wait(self, *texts, gone=()):
        def there():
            shown = self.shown()
            return shown if all(text in shown for text in texts) and not any(text in shown for text in gone) else None
        try:
            return processes.wait_until(there, f"{texts} without {gone}")
        except TimeoutError:
            raise AssertionError(f"waited in vain for {texts} without {gone} on:\n{self.shown()}") from None

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def status(self):
        """The exit code once the program has ended."""
        processes.wait_until((self.folder / "status").exists, "the end of the program")
        return int((self.folder / "status").read_text())

    def leave(self):
        self.wait(QUESTION)
        self.press("5")
        assert self.status() == 0


@pytest.fixture
def window(store):
    opened = []

    def make(**more):
        opened.append(Window(store, **more))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


class Line:
    """A bare pseudo-terminal, which the program has for its own; all that was written to it is kept."""

    def __init__(self, store, columns=80, rows=24, environment=None, arguments=(), stdout=None):
        self.leader, self.follower = pty.openpty()
        fcntl.ioctl(self.follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.follower)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen([binary("aihub-keys"), *arguments], stdin=self.follower, stdout=stdout or self.follower,
                                      stderr=self.follower, env=store.environment | (environment or {}), cwd=store.folder,
                                      preexec_fn=own_terminal)
        self.written = b""
        self.given_up = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        try:
            while not self.given_up.is_set():
                if select.select([self.leader], [], [], 0.05)[0]:
                    self.written += os.read(self.leader, 4096)
        except OSError:  # Linux says so when the other end is closed
            pass

    def lose(self):
        """Both ends are closed, as when a window is."""
        self.given_up.set()
        self.reader.join(timeout=60)
        os.close(self.follower)
        os.close(self.leader)

    def type(self, text):
        os.write(self.leader, text.encode() if isinstance(text, str) else text)

    def wait(self, text, after=0):
        """Waits for text in what was written since `after`; gives the place behind all of it."""
        wanted = text.encode()
        try:
            processes.wait_until(lambda: wanted in self.written[after:], f"{text!r}")
        except TimeoutError:
            raise AssertionError(f"waited in vain for {text!r} in {self.written[after:]!r}") from None
        return len(self.written)

    def modes(self):
        return termios.tcgetattr(self.follower)

    def end(self):
        code = self.child.wait(timeout=60)
        os.close(self.follower)  # the last one: the reader comes to its end
        self.reader.join(timeout=60)
        os.close(self.leader)
        return code, self.written.decode(errors="replace")


# --- the main menu

def test_the_menu_has_the_five_entries_in_their_order(window):
    menu = window()
    shown = menu.wait(QUESTION, "Exit")
    found = [re.sub(r"^[❯ ]*\d\. ", "", line).rstrip() for line in shown.splitlines() if re.match(r"^[❯ ]*\d\. ", line)]
    assert found == ENTRIES
    assert "❯ 1. Generate a token" in shown
    menu.leave()


@pytest.mark.parametrize("keys", [["q"], ["Escape"], ["C-d"], ["5"], ["End", "Enter"], ["j", "j", "j", "j", "Enter"],
                                  ["Down", "Down", "Down", "Down", "Down", "C-j"]], ids="-".join)
def test_the_menu_is_left_with_exit_code_0_and_nothing_stays_on_the_screen(window, keys):
    menu = window(shell=f"echo before; {shlex.quote(binary('aihub-keys'))}; code=$?; echo after; (exit $code); {KEEP_STATUS}")
    menu.wait(QUESTION, gone=["before"])
    menu.press(*keys)
    assert menu.status() == 0
    assert menu.with_scrollback().split("\nPane is dead")[0].split() == ["before", "after"]


def test_arrows_and_letters_move_the_choice(window):
    menu = window()
    menu.wait("❯ 1.")
    for keys, chosen in [(["Down"], 2), (["j"], 3), (["Up"], 2), (["k"], 1), (["k"], 1), (["End"], 5), (["Home"], 1), (["NPage"], 5),
                         (["PPage"], 1)]:
        menu.press(*keys)
        menu.wait(f"❯ {chosen}.")
    menu.leave()


# --- generating

def test_a_token_is_generated_shown_once_and_gone_after_a_key(store, window):
    menu = window(shell=f"seq 1 100; {shlex.quote(binary('aihub-keys'))}; {KEEP_STATUS}; seq 1 100")
    menu.wait(QUESTION)
    menu.press("1")
    menu.wait("Enter the username:")
    menu.type("bob")
    menu.press("Enter")
    menu.wait("Enter the API key name:")
    menu.type("laptop")
    menu.press("Enter")
    token = TOKEN.search(menu.wait("shown this once", "bob with API laptop"))[0]
    assert store.hashes() == [hashlib.sha256(token.encode()).digest()]
    assert store.run("verify", input=token, stdin=None).returncode == 0
    menu.press("Space")
    shown = menu.wait("Generated token for bob with API laptop.", QUESTION, gone=[token])
    assert shown.index("Generated") < shown.index(QUESTION)
    menu.leave()
    everything = menu.with_scrollback()
    assert "ahk_" not in everything
    assert "aihub-keys: Generated token for bob with API laptop." in everything


def test_a_terminal_without_an_alternate_screen_keeps_nothing_of_the_token(store, window):
    menu = window(columns=60, rows=12, settings=["setw -g alternate-screen off"])
    menu.wait(QUESTION)
    menu.press("1")
    menu.wait("Enter the username:")
    menu.type("bob")
    menu.press("Enter")
    menu.wait("Enter the API key name:")
    menu.press("Enter")
    menu.wait("shown this once", "ahk_")
    menu.press("Enter")
    menu.wait(QUESTION)
    menu.leave()
    assert store.live() == [("bob", "default")]
    assert "ahk_" not in menu.with_scrollback()


def test_what_was_typed_ahead_does_not_take_the_token_away(store):
    line = Line(store)
    line.wait(QUESTION)
    line.type("1bob\rci\r\r\r\r")  # the last ones come before there is anything to see
    place = line.wait("shown this once")
    line.type("x")
    line.wait("Generated token for bob with API ci.", place)
    line.type("\x04")
    assert line.end()[0] == 0


def test_a_name_that_is_taken_is_told_and_the_menu_goes_on(store, window):
    store.add("bob", "laptop")
    menu = window()
    menu.wait(QUESTION)
    menu.press("1")
    menu.wait("Enter the username:")
    menu.type("bob")
    menu.press("Enter")
    menu.wait("Enter the API key name:")
    menu.type("laptop")
    menu.press("Enter")
    menu.wait("User bob with API laptop already exists.", QUESTION)
    menu.leave()
    assert store.live() == [("bob", "laptop")]


def test_a_bad_name_is_told_and_the_menu_goes_on(store, window):
    menu = window()
    menu.wait(QUESTION)
    menu.press("1")
    menu.wait("Enter the username:")
    menu.type("a/b")
    menu.press("Enter")
    menu.wait("Enter the API key name:")
    menu.press("Enter")
    menu.wait("slash", QUESTION)
    menu.leave()
    assert store.live() == []


@pytest.mark.parametrize("key", ["Escape", "C-d"])
@pytest.mark.parametrize("answers", [[], ["bob"]], ids=["username", "name"])
def test_a_question_can_be_left_and_nothing_is_done(store, window, key, answers):
    menu = window()
    menu.wait(QUESTION)
    menu.press("1")
    menu.wait("Enter the username:")
    for answer in answers:
        menu.type(answer)
        menu.press("Enter")
        menu.wait("Enter the API key name:")
    menu.press(key)
    menu.leave()
    assert store.live() == []


def test_a_username_is_needed_and_can_be_corrected(store, window):
    menu = window()
    menu.wait(QUESTION)
    menu.press("1")
    menu.wait("Enter the username:")
    menu.press("Enter", "Enter")  # an empty one is none
    menu.type("bog é世")
    menu.press("C-w", "BSpace", "BSpace")
    menu.type("xob")
    menu.press("Left", "Left", "BSpace", "Enter")
    menu.wait("Enter the API key name:", "default")
    menu.press("Enter")
    menu.wait("The token for boob with API default:")
    menu.press("Enter")
    menu.leave()
    assert store.live() == [("boob", "default")]


def test_a_pasted_line_end_is_no_enter(store, window):
    menu = window()
    menu.wait(QUESTION)
    menu.press("1")
    menu.wait("Enter the username:")
    menu.tmux("set-buffer", "bob\nsmith\n")
    menu.tmux("paste-buffer", "-p", "-r")
    menu.wait("❯ bob smith", gone=["API key name"])
    menu.press("Escape")
    menu.leave()


# --- listing

def test_the_list_is_a_table_of_users_and_keys(store, window):
    store.add("bob", "laptop", "--tier", "sub", "--expires", "2099-01-31")
    store.add("alice", "ci")
    menu = window(columns=140)
    menu.wait(QUESTION)
    menu.press("2")
    shown = menu.wait("Users and their tokens", "alice", "bob")
    lines = [line.split() for line in shown.splitlines()]
    titles = next(line for line in lines if "User" in line[:1])
    assert titles[:6] == ["User", "API", "key", "Token", "Tier", "Expires"]
    alice, bob = (next(line for line in lines if name in line) for name in ("alice", "bob"))
    assert lines.index(alice) < lines.index(bob)
    assert "never" in alice and "open" in alice and "ci" in alice
    assert "sub" in bob and bob[1] == "laptop"
    assert not TOKEN.search(shown)
    menu.press("Down", "Enter")
    details = menu.wait("name: laptop", "tier: sub")
    assert "user: bob" in details
    menu.press("Escape")
    menu.wait("Users and their tokens", "❯ bob")
    menu.press("Escape")
    menu.leave()


def test_a_user_without_keys_is_on_the_list(store, window):
    store.add("bob", "laptop")
    assert store.run("delete", "bob/laptop", "--yes").returncode == 0
    menu = window()
    menu.wait(QUESTION)
    menu.press("2")
    menu.wait("Users and their tokens", "❯ bob", gone=["laptop"])
    menu.press("Escape")
    menu.leave()


@pytest.mark.parametrize("entry", ["2", "3"])
def test_without_users_there_is_nothing_to_list_or_delete(store, window, entry):
    menu = window()
    menu.wait(QUESTION)
    menu.press(entry)
    menu.wait("No users found.", QUESTION)
    menu.leave()
    assert not store.db.exists()


def test_a_filter_finds_by_any_part(store, window):
    for user, name in [("alice", "laptop"), ("bob", "ci"), ("quentin", "ci")]:
        store.add(user, name)
    menu = window()
    menu.wait(QUESTION)
    menu.press("2")
    menu.wait("alice", "bob", "quentin", "3/3")
    menu.type("q")  # a letter, not the way back
    menu.wait("Filter: q", "quentin", "1/3", gone=["alice"])
    menu.press("BSpace")
    menu.type("CI b")
    menu.wait("bob", "1/3", gone=["quentin"])
    menu.type("zz")
    menu.wait("nothing matches", "0/3")
    menu.press("Enter", "Escape")
    menu.wait("alice", "bob", "quentin", "3/3")
    menu.press("Escape")
    menu.leave()


# --- deleting

def test_a_token_is_found_and_deleted_after_a_question(store, window):
    for name in ("ci", "laptop", "phone"):
        store.add("bob", name)
    menu = window()
    menu.wait(QUESTION)
    menu.press("3")
    menu.wait("Which token do you want to delete?", "3/3")
    menu.type("lap")
    menu.wait("1/3")
    menu.press("Enter")
    menu.wait("Delete the token for bob with API laptop?", "No", "Yes")
    menu.press("Enter")  # no is chosen
    menu.wait("Nothing was deleted.", QUESTION)
    assert len(store.live()) == 3
    menu.press("3")
    menu.wait("Which token")
    menu.type("lap")
    menu.wait("1/3")
    menu.press("Enter")
    menu.wait("Delete the token")
    menu.press("y")
    menu.wait("Deleted token for bob with API laptop.", QUESTION)
    menu.leave()
    assert store.live() == [("bob", "ci"), ("bob", "phone")]
    assert "aihub-keys: Deleted token for bob with API laptop." in menu.with_scrollback()


@pytest.mark.parametrize("key, left", [("n", 1), ("Escape", 1), ("q", 1), ("C-d", 1), ("1", 1), ("2", 0), ("y", 0)])
def test_only_a_yes_deletes(store, window, key, left):
    store.add("bob", "ci")
    menu = window()
    menu.wait(QUESTION)
    menu.press("3")
    menu.wait("Which token")
    menu.press("Enter")
    menu.wait("Delete the token")
    menu.press(key)
    menu.wait(QUESTION)
    menu.leave()
    assert len(store.live()) == left


def test_a_token_that_is_gone_by_then_is_told(store, window):
    store.add("bob", "ci")
    menu = window()
    menu.wait(QUESTION)
    menu.press("3")
    menu.wait("Which token")
    menu.press("Enter")
    menu.wait("Delete the token")
    assert store.run("delete", "bob/ci", "--yes").returncode == 0
    menu.press("y")
    menu.wait("no ", QUESTION, gone=["Deleted token"])
    menu.leave()


# --- exporting

def test_users_are_exported_and_a_file_is_never_overwritten_unasked(store, window):
    store.add("bob", "ci")
    menu = window()
    menu.wait(QUESTION)
    menu.press("4")
    menu.wait("Enter the filename to export users to:", "users.csv")
    menu.press("Enter")
    menu.wait("Users exported successfully to users.csv", QUESTION)
    file = store.folder / "users.csv"
    first = file.read_text()
    assert first.startswith("User ID,User,API KEY Name,Created At,Expires At") and ",bob,ci," in first
    assert file.stat().st_mode & 0o777 == 0o600
    store.add("alice", "ci")
    menu.press("4")
    menu.wait("Enter the filename")
    menu.press("Enter")
    menu.wait("users.csv exists already. Overwrite it?")
    menu.press("n")
    menu.wait("Nothing was exported: users.csv is as it was.", QUESTION)
    assert file.read_text() == first
    menu.press("4")
    menu.wait("Enter the filename")
    menu.press("Enter")
    menu.wait("Overwrite it?")
    menu.press("y")
    menu.wait("Users exported successfully to users.csv", QUESTION)
    menu.leave()
    exported = (store.folder / "users.csv").read_bytes()
    store.run("-e", "flag.csv")
    assert exported == (store.folder / "flag.csv").read_bytes() != first.encode()


def test_an_export_that_cannot_be_written_is_told(store, window):
    store.add("bob", "ci")
    menu = window()
    menu.wait(QUESTION)
    menu.press("4")
    menu.wait("Enter the filename")
    menu.type("no/such/folder/users.csv")
    menu.press("Enter")
    menu.wait("users.csv", QUESTION, gone=["successfully"])
    menu.leave()


def test_without_users_there_is_nothing_to_export(store, window):
    menu = window()
    menu.wait(QUESTION)
    menu.press("4")
    menu.wait("No users found to export.", QUESTION)
    menu.leave()


# --- screens of every size

def test_forty_by_ten_shows_all_that_is_needed(store, window):
    menu = window(columns=40, rows=10)
    menu.wait(QUESTION, *ENTRIES)
    menu.press("1")
    menu.wait("Enter the username:")
    menu.type("bob")
    menu.press("Enter")
    menu.wait("Enter the API key name:")
    menu.press("Enter")
    token = TOKEN.search(menu.wait("shown this once", "ahk_"))[0]  # in one line, to be copied
    assert store.hashes() == [hashlib.sha256(token.encode()).digest()]
    menu.press("Enter")
    menu.wait("Generated token for bob", QUESTION, *ENTRIES)
    menu.press("2")
    shown = menu.wait("Users and their tokens", "bob", "default")
    assert all(len(line) <= 40 for line in shown.splitlines())
    menu.press("Escape")
    menu.leave()


def test_a_long_list_scrolls(store, window):
    environment = dict(store.environment)
    script = f"for i in $(seq 10 39); do {shlex.quote(binary('aihub-keys'))} add user$i ci >/dev/null 2>&1 || exit 1; done"
    assert processes.run(["bash", "-c", script], env=environment, cwd=store.folder).returncode == 0
    menu = window(columns=40, rows=10)
    menu.wait(QUESTION)
    menu.press("3")
    menu.wait("user10", "30/30", gone=["user25"])
    menu.press("End")
    menu.wait("❯ user39", gone=["user10"])
    menu.press("PPage")
    menu.wait("❯ user33", gone=["user39"])
    menu.press("Home")
    menu.wait("❯ user10", gone=["user39"])
    menu.press("Escape")
    menu.leave()


@pytest.mark.parametrize("columns, rows", [(20, 4), (10, 3), (4, 2), (1, 1)])
def test_a_tiny_window_breaks_nothing(store, columns, rows):
    store.add("bob", "ci")
    line = Line(store, columns=columns, rows=rows)
    line.wait("1.") if columns >= 4 else line.wait("\x1b[?25l")
    line.type("3\r")      # picks bob's key
    line.type("y")
    processes.wait_until(lambda: store.live() == [], "the deletion")
    line.type("1eve\rx\r")
    processes.wait_until(lambda: store.live() == [("eve", "x")], "the new key")
    processes.wait_until(lambda: b"h_" in line.written or columns < 4 or b"ahk" in line.written, "the token")
    line.type("  ")
    line.type("5")
    code, shown = line.end()
    assert code == 0
    assert shown.endswith("\x1b[?1049l") or "Deleted token" in shown.split("\x1b[?1049l")[-1]


def test_a_window_that_is_resized_is_drawn_anew(store, window):
    for i in range(10, 22):
        store.add(f"user{i}", "laptop")
    menu = window(columns=100, rows=30)
    menu.wait(QUESTION)
    menu.press("3")
    menu.wait("user10", "user21", "Created", "12/12")
    menu.type("user1")
    menu.wait("Filter: user1", "10/12")
    menu.press("End")
    menu.resize(40, 10)
    shown = menu.wait("Filter: user1", "❯ user19", gone=["user10"])
    assert max(map(len, shown.splitlines())) <= 40
    menu.resize(12, 3)
    menu.wait("❯ user19")
    menu.resize(120, 40)
    menu.wait("Which token do you want to delete?", "user10", "❯ user19", "10/12", "Created")
    menu.press("C-d")
    menu.leave()


# --- however it ends, the terminal is as it was

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT], ids=lambda number: number.name)
def test_a_signal_restores_the_terminal_and_then_ends_the_program(store, number):
    line = Line(store)
    line.wait("Exit")
    assert line.modes() != line.before
    line.child.send_signal(number)
    assert line.child.wait(timeout=60) == -number
    assert line.modes() == line.before
    _, shown = line.end()
    assert shown.endswith("\x1b[?25h\x1b[?1049l")


@pytest.mark.parametrize("where", ["menu", "question", "picker", "secret"])
def test_ctrl_c_ends_it_by_sigint_from_everywhere(store, where):
    store.add("bob", "ci")
    line = Line(store)
    line.wait("Exit")
    typed, seen = {"menu": ("", "Exit"), "question": ("1", "Enter the username:"), "picker": ("3b", "Filter: b"),
                   "secret": ("1eve\rx\r", "shown this once")}[where]
    line.type(typed)
    line.wait(seen)
    line.type("\x03")
    assert line.child.wait(timeout=60) == -signal.SIGINT
    assert line.modes() == line.before
    assert line.end()[1].endswith("\x1b[1J\x1b[H\x1b[?2004l\x1b[?25h\x1b[?1049l")


def test_a_terminal_that_is_lost_ends_it_by_sighup(store):
    line = Line(store)
    line.wait("Exit")
    line.lose()
    assert line.child.wait(timeout=60) == -signal.SIGHUP


def test_a_lost_terminal_ends_it_even_where_sighup_is_ignored(store, window):
    """As below nohup: a menu without anybody must not stay, nor spin."""
    menu = window(shell=f"trap '' HUP; {shlex.quote(binary('aihub-keys'))}; echo $? > ended")
    menu.wait(QUESTION)
    menu.tmux("kill-server")
    processes.wait_until(lambda: (store.folder / "ended").exists() and (store.folder / "ended").read_text(), "its end")
    assert (store.folder / "ended").read_text().strip() == str(128 + signal.SIGHUP)


def test_it_can_be_stopped_and_gone_on_with(window):
    menu = window(shell=f"stty -a > one; PS1='$ ' exec bash --norc -i")
    menu.wait("$")
    menu.type(binary("aihub-keys") + "\n")
    menu.wait(QUESTION)
    menu.press("Down")
    menu.wait("❯ 2.")
    menu.press("C-z")
    menu.wait("Stopped", gone=[QUESTION])
    menu.type("stty -a > two; echo seen\n")
    menu.wait("\nseen")
    menu.type("fg\n")
    menu.wait(QUESTION, "❯ 2.", gone=["Stopped"])
    menu.press("Down")
    menu.wait("❯ 3.")
    menu.press("q")
    menu.wait("Stopped", gone=[QUESTION])
    menu.type("stty -a > three; cmp one two && cmp one three && echo sa''ne\n")
    menu.wait("sane")


def test_a_stopped_one_can_be_ended_and_leaves_the_terminal_alone(store, window):
    menu = window(shell="PS1='$ ' exec bash --norc -i")
    menu.wait("$")
    menu.type(binary("aihub-keys") + "\n")
    menu.wait(QUESTION)
    menu.press("C-z")
    menu.wait("Stopped", gone=[QUESTION])
    menu.type("jobs -p > number\n")
    number = int(processes.wait_until(lambda: (file := store.folder / "number").exists() and file.read_text(), "its number"))
    os.kill(number, signal.SIGTERM)
    os.kill(number, signal.SIGCONT)
    menu.tmux("send-keys", "Enter")
    processes.wait_until(lambda: processes.start_time(number) is None, "its end")
    menu.type("echo on''ly\n")
    menu.wait("only", "Terminated", gone=[QUESTION])


def test_started_in_the_background_it_waits_for_the_foreground(window):
    menu = window(shell="PS1='$ ' exec bash --norc -i")
    menu.wait("$")
    menu.type(binary("aihub-keys") + " &\n")
    menu.type("echo still''here\n")
    menu.wait("stillhere", gone=[QUESTION])
    menu.type("fg\n")
    menu.wait(QUESTION)
    menu.press("q")
    menu.wait("stillhere", gone=[QUESTION])


def test_random_keys_do_it_no_harm(store):
    store.add("bob", "ci")
    source = random.Random(7)
    forbidden = {0x03, 0x1A, 0x1C}  # they end or stop it, as they should
    noise = bytes(byte for byte in (source.randrange(256) for _ in range(6000)) if byte not in forbidden)
    sequences = [b"\x1b[A", b"\x1b[B", b"\x1b[5~", b"\x1b[200~", b"\x1b[201~", b"\x1b", b"\r", b"y", b"1", b"2", b"3", b"4"]
    line = Line(store, columns=37, rows=9)
    line.wait("Exit")
    try:
        for start in range(0, len(noise), 60):
            line.type(noise[start:start + 60] + source.choice(sequences))
        line.type(b"\x1b[201~")
        while line.child.poll() is None:  # Ctrl-D goes back from everything, at last from the menu
            line.type("\x04")
            processes.time.sleep(0.01)
    except OSError:
        pass  # the noise left the menu
    code = line.child.wait(timeout=60)
    assert code == 0
    assert line.modes() == line.before
    line.end()


# --- terminals that can do less

def test_without_utf8_only_ascii_is_sent(store):
    store.add("José", "ci")
    line = Line(store, environment={"LANG": "C"})
    line.wait("> 1. Generate a token")
    line.type("2")
    line.wait("Jos?")
    line.type("\x04\x04")
    code, _ = line.end()
    assert code == 0
    assert all(byte < 0x80 for byte in line.written)


def test_no_color_means_no_colour(store):
    def sent(environment):
        line = Line(store, environment=environment)
        line.wait("Exit")
        line.type("2")
        place = line.wait("No users found.")
        line.type("1a/b\r\r")
        line.wait("slash", place)
        line.type("q")
        return line.end()[1]

    colour = re.compile(r"\x1b\[(?:2|3\d|9\d|4\d)m")
    assert colour.search(sent({}))
    assert not colour.search(sent({"NO_COLOR": "1"}))


def plain(store, text):
    """The plain prompt: all that is typed, and its end."""
    line = Line(store, environment={"TERM": "dumb"})
    line.wait("Number (1-5):")
    line.type(text)
    code, shown = line.end()
    assert "\x1b" not in shown
    return code, shown.replace("\r\n", "\n")


def test_a_dumb_terminal_gets_numbered_lines(store):
    code, shown = plain(store, "1\nbob\nci\n5\n")
    assert code == 0
    assert shown.startswith(QUESTION + "\n" + "".join(f"{number}. {entry}\n" for number, entry in enumerate(ENTRIES, 1)))
    assert "Enter the username:" in shown and "Enter the API key name:" in shown
    assert store.hashes() == [hashlib.sha256(TOKEN.search(shown)[0].encode()).digest()]
    assert "Generated token for bob with API ci." in shown


def test_every_entry_works_line_by_line(store):
    for user, name in [("alice", "laptop"), ("bob", "ci")]:
        store.add(user, name)
    code, shown = plain(store, "2\n9\n4\n\n4\n\nn\n3\nbob\n1\ny\n3\n\n5\n")
    assert code == 0
    assert re.search(r"^alice +laptop ", shown, re.MULTILINE)
    assert '"9" is none of them' in shown
    assert "Enter the filename to export users to: [users.csv]" in shown
    assert "Users exported successfully to users.csv" in shown
    assert "Nothing was exported: users.csv is as it was." in shown
    assert "Deleted token for bob with API ci." in shown
    assert store.live() == [("alice", "laptop")]


@pytest.mark.parametrize("text", ["\x04", "1\n\x04", "1\nbob\n\x04", "q\n"])
def test_the_end_of_input_ends_the_plain_prompt_with_exit_code_0(store, text):
    line = Line(store, environment={"TERM": "dumb"})
    line.wait("Number (1-5):")
    for piece in re.findall(r"[^\n\x04]*[\n\x04]", text):
        line.type(piece)
    while line.child.poll() is None and "\x04" in text:  # a terminal's end of input counts for one read
        try:
            line.type("\x04")
        except OSError:
            break
        processes.time.sleep(0.01)
    assert line.end()[0] == 0
    assert store.live() == []


# --- what is not the terminal

def test_stdout_stays_free_for_a_pipe(store, window):
    menu = window(shell=f"{shlex.quote(binary('aihub-keys'))} > out.txt; {KEEP_STATUS}")
    menu.wait(QUESTION)
    menu.press("2")
    menu.wait("No users found.")
    menu.press("q")
    assert menu.status() == 0
    assert (store.folder / "out.txt").read_bytes() == b""


@pytest.mark.parametrize("environment", [{"CI": "1"}, {"AIHUB_NO_INPUT": "1"}], ids=lambda one: next(iter(one)))
def test_where_nobody_shall_be_asked_there_is_usage_and_exit_code_8(store, environment):
    line = Line(store, environment=environment)
    code, shown = line.end()
    assert code == 8
    assert "usage" in shown.lower() and QUESTION not in shown


@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=["text", "json"])
def test_off_a_terminal_there_is_usage_and_exit_code_8(store, arguments):
    result = store.run(*arguments)
    assert result.returncode == 8
    assert result.stdout == ""
    assert "usage" in result.stderr.lower()
    assert not store.db.exists()


def test_a_database_that_cannot_be_used_is_told_and_the_menu_goes_on(store, window):
    store.db.mkdir()
    menu = window()
    for entry in ["2", "3", "4"]:
        menu.wait(QUESTION)
        menu.press(entry)
        menu.wait("aihub.db", QUESTION)
    menu.leave()
