"""No command waits for ever, and none pretends to have done something: all of them, with every kind of nothing
where a person would be."""
import csv
import io
import json
import os
import re
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.keys_program import Keys, keys, refused  # noqa: F401 (keys is a fixture)
from support.paths import ROOT

# Each command with arguments that suffice: (arguments, exit code when nobody answers and stdin has nothing).
COMMANDS = [
    ([], 8), (["add", "new"], 0), (["list"], 0), (["show", "bob/default"], 0), (["change", "bob/default", "--budget", "1"], 0),
    (["delete", "bob"], 8), (["delete", "bob", "--yes"], 0), (["rotate", "bob/default"], 0),
    (["verify"], 2), (["verify", "-"], 2),
    (["user", "add", "amy"], 0), (["user", "list"], 0), (["user", "show", "bob"], 0), (["user", "change", "bob", "--tier", "x"], 0),
    (["user", "disable", "bob"], 0), (["user", "enable", "bob"], 0), (["user", "delete", "bob"], 8),
    (["user", "delete", "bob", "--yes"], 0), (["tier", "set", "bob", "sub"], 0), (["tier", "list"], 0),
    (["balance", "add", "bob", "1"], 0), (["balance", "set", "bob", "1"], 0), (["balance", "show", "bob"], 0),
    (["balance", "history", "bob"], 0), (["export"], 0), (["export", "keys.csv"], 0), (["import"], 2), (["import", "-"], 2),
    (["audit"], 0), (["db", "path"], 0), (["db", "check"], 0), (["db", "backup", "copy.db"], 0),
    (["-g", "zoe", "x"], 0), (["-l"], 0), (["-d", "bob", "default"], 0), (["-e", "users.csv"], 0),
    (["config"], 0), (["completion", "bash"], 0), (["help", "add"], 0), (["--version"], 0), (["--help"], 0),
    (["user"], 2), (["tier"], 2), (["balance"], 2), (["db"], 2),
]
READS_STDIN = (["verify"], ["verify", "-"], ["import"], ["import", "-"])
CHANGES = {"add", "change", "rotate", "-g", "-d"}


def fingerprint(keys):
    """Everything in the tables that a command could change."""
    connection = sqlite3.connect(keys.db)
    rows = [connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall() for table in ("users", "keys", "audit")]
    connection.close()
    return rows


def run(keys, arguments, stdin):
    """With stdin closed, empty, or a pipe that says nothing; never a terminal."""
    reader, writer = os.pipe()
    if stdin == "empty":
        os.close(writer)
    close = (lambda: os.close(0)) if stdin == "closed" else None
    child = subprocess.Popen(keys.command(*arguments), stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=keys.environment, cwd=keys.folder, start_new_session=True, preexec_fn=close, text=True)
    try:
        out, error = child.communicate(timeout=30)
    finally:
        child.kill()
        os.close(reader)
        if stdin != "empty":
            os.close(writer)
    return child.returncode, out, error


def test_the_matrix_has_every_command(keys):
    names = set(re.findall(r"^        (\S+)\) words=", (ROOT / "completions" / "aihub-keys.bash").read_text(), re.M)) - {"*"}
    tried = {"/".join(arguments[:1 + (len(arguments) > 1 and f"{arguments[0]}/{arguments[1]}" in names)])
             for arguments, _ in COMMANDS if arguments and not arguments[0].startswith("-")}
    assert tried == names


@pytest.mark.parametrize("stdin", ["closed", "empty", "silent"])
@pytest.mark.parametrize("arguments, code", COMMANDS, ids=[" ".join(arguments) or "menu" for arguments, _ in COMMANDS])
def test_no_command_hangs_or_does_nothing_with_success(keys, arguments, code, stdin):
    keys.add("bob")
    before = fingerprint(keys)
    got, out, error = run(keys, arguments, stdin)
    if arguments in READS_STDIN and stdin != "empty":
        code = {"silent": 8, "closed": 1}[stdin]
    assert got == code, (out, error)
    assert "\x1b" not in out + error
    if code == 0:
        assert out + error
        assert (fingerprint(keys) != before) == changes(arguments)
    else:
        assert out == "" and error
        assert fingerprint(keys) == before


def changes(arguments):
    second = {"user": {"add", "change", "disable", "delete"}, "tier": {"set"}, "balance": {"add", "set"}}
    if arguments[:1] == ["delete"] or arguments[0] in CHANGES:
        return True
    return len(arguments) > 1 and arguments[1] in second.get(arguments[0], set())


@pytest.mark.parametrize("command", ["verify", "import"])
def test_a_slow_pipe_is_waited_for_when_it_is_said(keys, command):
    """The notice comes before the input does: that is how long the program was ready to wait."""
    reader, writer = os.pipe()
    child = subprocess.Popen(keys.command(command, "--wait", "1m"), stdin=reader, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=keys.environment, cwd=keys.folder, text=True)
    os.close(reader)
    assert "waiting for" in child.stderr.readline()
    os.write(writer, b"user,token\nbob,a-token-of-my-own\n" if command == "import" else b"nobody\n")
    os.close(writer)
    child.communicate(timeout=30)
    assert child.returncode == (2 if command == "import" else 4)


@pytest.mark.parametrize("wait", ["", "soon", "-1s", "25h", "2d"])
def test_a_wait_that_makes_no_sense_is_refused(keys, wait):
    refused(keys("verify", f"--wait={wait}", input="x"), 2, "--wait")


@pytest.mark.parametrize("arguments", [arguments for arguments, code in COMMANDS if code == 0],
                         ids=[" ".join(arguments) for arguments, code in COMMANDS if code == 0])
def test_a_full_disk_is_never_success(keys, arguments):
    keys.add("bob")
    quiet = arguments[:1] == ["export"] and len(arguments) > 1  # its answer is the file
    result = keys.shell(f"aihub-keys {' '.join(arguments)} >/dev/full")
    assert result.returncode == (0 if quiet else 1), result.stderr
    assert quiet or "No space left on device" in result.stderr


@pytest.mark.parametrize("arguments", [["list"], ["delete", "bob", "--yes"], ["user", "list"], ["tier", "list"],
                                       ["balance", "history", "bob"], ["audit"]], ids=" ".join)
def test_every_table_comes_in_every_form(keys, arguments):
    keys.add("bob")
    keys.ok("balance", "add", "bob", "1")
    rows = {}
    for form in (["--format", "json"], ["--json"], ["--ndjson"], ["--format", "csv"], ["--format", "tsv"], ["--format", "table"],
                 ["--no-header", "--format", "tsv"], ["-q"]):
        if arguments[0] == "delete":
            keys("add", "bob")
        rows[" ".join(form)] = keys.ok(*arguments, *form)
    document = json.loads(rows["--json"])
    assert document["schema"].startswith("aihub.") and len(document) == 2
    [collection] = [value for name, value in document.items() if name != "schema"]
    assert len(json.loads(rows["--format json"])) == 2
    lines = [json.loads(line) for line in rows["--ndjson"].splitlines()]
    assert len(lines) == len(collection) and all(line.pop("schema") == document["schema"] for line in lines)
    assert [list(line) for line in lines] == [list(entry) for entry in collection]
    assert len(rows["--format tsv"].splitlines()) == len(collection) + 1
    assert rows["--no-header --format tsv"].count("\n") == rows["-q"].count("\n") == len(collection)
    assert len(list(csv.reader(io.StringIO(rows["--format csv"])))) == len(collection) + 1


@pytest.mark.parametrize("arguments, code, name", [
    (["show", "bob/none"], 3, "not_found"), (["change", "bob/default"], 2, "invalid_input"),
    (["user", "add", "bob"], 7, "conflict"), (["user", "delete", "bob"], 8, "no_terminal"), (["verify"], 2, "invalid_input"),
    (["balance", "add", "bob", "x"], 2, "invalid_input"), (["import", "none.csv"], 3, "not_found"), (["user"], 2, "invalid_input"),
    (["db", "backup", "."], 2, "invalid_input"),
])
def test_with_json_every_error_is_an_object_on_stderr(keys, arguments, code, name):
    keys.add("bob")
    result = keys(*arguments, "--json")
    assert (result.returncode, result.stdout) == (code, "")
    error = json.loads(result.stderr)["error"]
    assert sorted(error) == ["code", "exit", "hint", "message"]
    assert (error["code"], error["exit"]) == (name, code) and error["message"]


def test_fifty_at_once_lose_nothing_and_find_nothing_locked(keys):
    """Makers, payers, rotators and readers on one file."""
    keys.add("bob", "shared")
    work = []
    for number in range(10):
        work += [["add", f"user {number}", "x"], ["balance", "add", "bob", "0.000001"], ["rotate", "bob/shared"], ["list", "--json"],
                 ["user", "change", "bob", "--max-concurrent", str(number)]]
    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(lambda arguments: keys(*arguments), work))
    assert [result.stderr for result in results if result.returncode != 0] == []
    assert json.loads(keys.ok("balance", "show", "bob", "--json"))["balance"] == "0.00001"
    assert len(keys.rows()) == 11
    tokens = [result.stdout.strip() for result, arguments in zip(results, work) if arguments[0] in ("add", "rotate")]
    assert len(set(tokens)) == 20
    assert sum(keys("verify", input=token).returncode == 0 for token in tokens) == 12  # of the rotated, the last two
    actions = [entry["target"] for entry in json.loads(keys.ok("audit", "--json"))["entries"]]
    assert actions.count("bob/shared") == 11
    assert keys.ok("db", "check").endswith("is sound\n")
