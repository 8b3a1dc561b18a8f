"""aihub-keys as a script and as a person at a terminal meet it: the real binary on real files."""
import csv
import hashlib
import io
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support import processes
from support.keys_program import Keys, keys, refused  # noqa: F401 (keys is a fixture)
from support.paths import ROOT, binary

TOKEN = re.compile(r"ah[ka]_[0-9A-Za-z]{36}")
COLUMNS = ["id", "user", "name", "hint", "tier", "created", "expires", "last_used", "revoked"]
FURTHER = ["kind", "models", "requests_per_minute", "tokens_per_minute", "max_concurrent", "budget", "spent", "parent",
           "expires_in_s"]
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(body):
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


# --- add ---------------------------------------------------------------------------------------------------------

def test_add_prints_the_token_and_nothing_else(keys):
    result = keys("add", "bob", "laptop")
    assert result.returncode == 0
    assert re.fullmatch(r"ahk_[0-9A-Za-z]{36}\n", result.stdout)
    assert "laptop" in result.stderr and "bob" in result.stderr
    assert result.stdout.strip() not in result.stderr


def test_a_token_ends_in_the_crc32_of_the_rest(keys):
    for token in (keys.add("bob"), keys.add("root", "--admin")):
        assert checksum(token[:34]) == token[34:]


def test_an_admin_key_has_its_own_prefix(keys):
    assert keys.add("root", "--admin").startswith("aha_")


def test_add_as_json_says_everything(keys):
    result = keys("add", "bob", "laptop", "--tier", "sub", "--expires", "2099-01-31", "--json")
    assert result.stderr == ""
    made = json.loads(result.stdout)
    digest = hashlib.sha256(made["token"].encode()).hexdigest()
    created = datetime.fromisoformat(made.pop("created"))
    assert abs(datetime.now(timezone.utc) - created) < timedelta(minutes=1)
    assert made == {"schema": "aihub.key/1", "token": made["token"], "id": digest[:12], "user": "bob",
                    "name": "laptop", "hint": f"ahk_…{made['token'][-4:]}", "tier": "sub",
                    "expires": "2099-01-31T00:00:00Z"}
    [row] = keys.rows()
    assert {key: row[key] for key in ("id", "user", "name", "hint", "tier", "expires")} == \
           {key: made[key] for key in ("id", "user", "name", "hint", "tier", "expires")}


@pytest.mark.parametrize("text, seconds", [("30d", 30 * 86400), ("12h", 12 * 3600), ("90m", 5400), ("1d12h", 129600)])
def test_a_key_expires_after_a_time_span(keys, text, seconds):
    keys.add("bob", "--expires", text)
    assert abs(keys.rows()[0]["expires_in_s"] - seconds) <= 5


@pytest.mark.parametrize("text, end", [("2099-12-31", "2099-12-31T00:00:00Z"),
                                       ("2099-12-31T08:30:00Z", "2099-12-31T08:30:00Z"), ("never", None)])
def test_a_key_expires_at_a_date(keys, text, end):
    keys.add("bob", "--expires", text)
    assert keys.rows()[0]["expires"] == end


@pytest.mark.parametrize("text", ["", "soon", "30", "0d", "-1d", "2001-01-01", "2099-02-30", "2099-1-1", "2099-13-01",
                                  "2099-01-01T25:00:00Z", "2099-01-01 ", "off", "99999999999999d", "nan"])
def test_an_end_that_makes_no_sense_is_refused(keys, text):
    refused(keys("add", "bob", "--expires=" + text), 2, "--expires")
    assert not keys.db.exists()


def test_a_second_live_key_of_a_name_is_refused(keys):
    keys.add("bob", "laptop")
    refused(keys("add", "bob", "laptop"), 7, "bob", "laptop", "already")
    keys.ok("delete", "bob/laptop", "--yes")
    keys.add("bob", "laptop")
    assert keys.paths("--all") == ["bob/laptop", "bob/laptop"]


def test_a_user_keeps_the_tier_and_is_told_so(keys):
    keys.add("bob", "one", "--tier", "sub")
    result = keys("add", "bob", "two", "--tier", "payg")
    assert "keeps the tier sub" in result.stderr
    assert {row["tier"] for row in keys.rows()} == {"sub"}
    assert "keeps" not in keys("add", "bob", "three").stderr


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\nb", "\x1b[31mred", 'a"b', "x" * 101, "b\\"])
def test_a_name_that_would_do_harm_is_refused(keys, name):
    message = refused(keys("add", "--", name), 2)
    assert "\x1b" not in message
    assert keys.paths() == []


def test_a_name_may_be_of_any_script(keys):
    keys.add("Zoë", "ノート 1")
    assert keys.paths() == ["Zoë/ノート 1"]


# --- list --------------------------------------------------------------------------------------------------------

def test_nothing_is_listed_and_nothing_made_where_there_is_no_database(keys):
    assert keys.rows() == []
    assert keys.ok("list") == "\t".join(COLUMNS) + "\n"
    assert not keys.db.parent.exists()


def test_a_list_is_tab_separated_off_a_terminal(keys):
    token = keys.add("bob", "laptop")
    header, row = keys.ok("list").splitlines()
    assert header.split("\t") == COLUMNS
    fields = dict(zip(COLUMNS, row.split("\t")))
    assert fields["id"] == hashlib.sha256(token.encode()).hexdigest()[:12]
    assert (fields["user"], fields["name"], fields["tier"]) == ("bob", "laptop", "open")
    assert (fields["expires"], fields["revoked"]) == ("", "")
    assert keys.ok("list", "--no-header") == row + "\n"


def test_a_list_is_a_table_on_a_terminal(keys):
    keys.add("bob", "laptop")
    code, shown = keys.at_terminal("list")
    assert code == 0
    assert re.match(r"ID +User +Name +Token +Tier +Created +Expires +Last used +Revoked", shown)
    assert "\t" not in shown and "\x1b" not in shown


def test_a_list_as_json_has_a_schema_and_an_object_for_each_key(keys):
    keys.add("bob", "--expires", "2099-01-01")
    keys.add("amy")
    document = json.loads(keys.ok("list", "--json"))
    assert sorted(document) == ["keys", "schema"] and document["schema"] == "aihub.keys/1"
    assert [list(row) for row in document["keys"]] == [COLUMNS + FURTHER] * 2
    lines = [json.loads(line) for line in keys.ok("list", "--ndjson").splitlines()]
    assert [(row["user"], row["expires"]) for row in lines] == [("amy", None), ("bob", "2099-01-01T00:00:00Z")]
    assert lines[0]["expires_in_s"] is None


def test_a_list_as_csv_can_be_read_back(keys):
    keys.add("bob, the first", "laptop")
    header, row = csv.reader(io.StringIO(keys.ok("list", "--format", "csv")))
    assert header == COLUMNS and row[1] == "bob, the first"


def test_quiet_prints_the_ids_alone(keys):
    keys.add("bob", "a")
    keys.add("bob", "b")
    assert keys.ok("list", "-q").split() == [row["id"] for row in keys.rows()]


def test_a_list_can_be_of_one_user(keys):
    keys.add("bob")
    keys.add("amy")
    assert keys.paths("--user", "amy") == ["amy/default"]
    refused(keys("list", "--user", "zoe"), 3, "zoe")
    keys.ok("delete", "amy", "--yes")
    assert keys.paths("--user", "amy") == []


def test_deleted_keys_are_listed_when_asked_for(keys):
    keys.add("bob", "a")
    keys.add("bob", "b")
    keys.ok("delete", "bob/a", "--yes")
    assert keys.paths() == ["bob/b"]
    assert [(row["name"], row["revoked"] is None) for row in keys.rows("--all")] == [("a", False), ("b", True)]


def test_a_reader_that_has_seen_enough_ends_the_program_silently(keys):
    for number in range(3):
        keys.add("bob", f"key {number}")
    result = keys.shell("aihub-keys list --no-header | head -1; echo ${PIPESTATUS[0]} >&2")
    assert result.stdout.count("\n") == 1
    assert result.stderr.strip() in ("0", str(128 + signal.SIGPIPE))


def test_a_pipe_without_a_reader_is_death_by_sigpipe(keys):
    keys.add("bob")
    reader, writer = os.pipe()
    os.close(reader)
    child = subprocess.Popen([binary("aihub-keys"), "list"], stdout=writer, stderr=subprocess.PIPE, env=keys.environment)
    os.close(writer)
    _, said = child.communicate(timeout=30)
    assert child.returncode == -signal.SIGPIPE and said == b""


@pytest.mark.parametrize("command", ["list", "-l", "--version", "--help", "config", "completion bash", "list --json"])
def test_a_full_disk_is_an_error(keys, command):
    keys.add("bob")
    result = keys.shell(f"aihub-keys {command} >/dev/full")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and "No space left on device" in result.stderr


# --- delete ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("target", ["id", "beginning", "path"])
def test_a_key_is_deleted_by_id_beginning_or_path(keys, target):
    keys.add("bob", "laptop")
    keys.add("bob", "phone")
    row = next(row for row in keys.rows() if row["name"] == "laptop")
    word = {"id": row["id"], "beginning": row["id"][:7], "path": "bob/laptop"}[target]
    deleted = json.loads(keys.ok("delete", word, "--yes", "--json"))
    assert deleted["schema"] == "aihub.keys/1"
    assert [entry["id"] for entry in deleted["keys"]] == [row["id"]]
    assert deleted["keys"][0]["revoked"] is not None
    assert keys.paths() == ["bob/phone"]


def test_all_keys_of_users_are_deleted_at_once(keys):
    for path in ("bob/a", "bob/b", "amy/a", "zoe/a"):
        keys.add(*path.split("/"))
    assert keys.ok("delete", "bob", "amy/a", "bob/b", "-y", "-q").count("\n") == 3
    assert keys.paths() == ["zoe/a"]


def test_nothing_is_deleted_when_one_target_means_nothing(keys):
    keys.add("bob")
    refused(keys("delete", "bob", "nobody", "--yes"), 3, "nobody")
    refused(keys("delete", "bob/none", "--yes"), 3, "bob/none")
    refused(keys("delete", "", "--yes"), 2)
    assert keys.paths() == ["bob/default"]


def test_deleting_from_no_database_makes_none(keys):
    refused(keys("delete", "bob", "--yes"), 3)
    refused(keys("-d", "bob", "default"), 3)
    assert not keys.db.parent.exists()


def test_a_revoked_key_cannot_be_deleted_again(keys):
    keys.add("bob")
    [row] = keys.rows()
    keys.ok("delete", row["id"], "--yes")
    refused(keys("delete", row["id"], "--yes"), 3)


@pytest.mark.parametrize("answer, deleted", [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("\x04", False)])
def test_a_person_is_asked_before_a_key_is_deleted(keys, answer, deleted):
    keys.add("bob", "laptop")
    code, shown = keys.at_terminal("delete", "bob/laptop", types=answer)
    assert "delete the key bob/laptop? [y/N]" in shown
    assert code == (0 if deleted else 1)
    assert ("nothing was deleted" in shown) == (not deleted)
    assert keys.paths() == ([] if deleted else ["bob/laptop"])


def test_the_question_is_not_on_stdout(keys, tmp_path):
    keys.add("bob")
    with open(tmp_path / "out", "w+") as out:
        code, shown = keys.at_terminal("delete", "bob", "-q", types="y\n", stdout=out)
        out.seek(0)
        assert code == 0 and "[y/N]" in shown
        assert re.fullmatch(r"[0-9a-f]{12}\n", out.read())


@pytest.mark.parametrize("variable", ["CI", "AIHUB_NO_INPUT"])
def test_nobody_is_asked_where_a_machine_has_the_terminal(keys, variable):
    keys.add("bob")
    keys.environment[variable] = "1"
    code, shown = keys.at_terminal("delete", "bob", types="y\n")
    assert code == 8 and "--yes" in shown
    assert keys.paths() == ["bob/default"]


def test_without_a_terminal_yes_has_to_be_said_beforehand(keys):
    keys.add("bob")
    refused(keys("delete", "bob"), 8, "--yes")
    refused(keys.shell("yes | aihub-keys delete bob"), 8, "--yes")
    refused(keys.shell("aihub-keys delete bob <&-"), 8, "--yes")
    assert keys.paths() == ["bob/default"]


# --- the short flags ---------------------------------------------------------------------------------------------

def test_g_says_it_in_the_sentence_that_scripts_know(keys):
    said = keys.ok("-g", "bob", "laptop")
    token = re.fullmatch(r"Generated token for bob with API laptop: (ahk_[0-9A-Za-z]{36})\n", said)[1]
    assert keys.rows()[0]["id"] == hashlib.sha256(token.encode()).hexdigest()[:12]
    refused(keys("-g", "bob", "laptop"), 7, "User bob with API laptop already exists.")


def test_g_with_one_word_names_the_key_default(keys):
    assert keys.ok("-g", "bob").startswith("Generated token for bob with API default: ahk_")
    assert keys.paths() == ["bob/default"]


def test_l_draws_the_table_that_people_know(keys):
    assert keys.ok("-l") == "No users found.\n"
    token = keys.add("bob", "laptop", "--expires", "2099-01-01")
    lines = keys.ok("-l").splitlines()
    rule, header, _, row, last = lines
    assert rule == last and re.fullmatch(r"\+(-+\+)+", rule)
    assert [cell.strip() for cell in header.split("|")[1:6]] == ["User ID", "User", "API KEY Name", "Created At", "Expires At"]
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    listed = keys.rows()[0]
    assert cells == [listed["id"], "bob", "laptop", listed["created"], "2099-01-01T00:00:00Z", f"ahk_…{token[-4:]}"]
    assert len({len(line) for line in lines}) == 1


def test_d_deletes_without_asking(keys):
    keys.add("bob", "laptop")
    code, shown = keys.at_terminal("-d", "bob", "laptop")
    assert (code, shown.strip()) == (0, "Deleted token for bob with API laptop.")
    refused(keys("-d", "bob", "laptop"), 3, "No such pair: User bob with API laptop")


def test_the_short_flags_speak_json_too(keys):
    token = json.loads(keys.ok("-g", "bob", "--json"))["token"]
    [row] = json.loads(keys.ok("-l", "--json"))["users"]
    assert (row["user"], row["api_key_name"], row["token"]) == ("bob", "default", f"ahk_…{token[-4:]}")
    assert json.loads(keys.ok("-d", "bob", "default", "--json"))["users"][0]["user_id"] == row["user_id"]


# --- wrong usage -------------------------------------------------------------------------------------------------

def test_without_arguments_a_short_usage_is_shown(keys):
    result = keys()
    assert (result.returncode, result.stdout) == (8, "")
    assert "usage: aihub-keys" in result.stderr and len(result.stderr.splitlines()) <= 25


@pytest.mark.parametrize("arguments", [
    ["-g"], ["-g", "a", "b", "c"], ["-d"], ["-d", "bob"], ["-d", "bob", "a", "b"], ["-g", "bob", "-l"],
    ["-g", "bob", "list"], ["-x"], ["ad", "bob"], ["add"], ["add", "a", "b", "c"], ["add", "a", "--tier"],
    ["add", "a", "--tier", "No Such"], ["add", "a", "--bogus"], ["list", "bob"], ["list", "--format", "xml"],
    ["delete"], ["delete", "--yes"], ["completion", "tcsh"], ["help", "nothing"], ["list", "--config", "/nonexistent"],
])
def test_wrong_usage_is_said_in_one_line(keys, arguments):
    keys.add("bob", "kept")
    refused(keys(*arguments), 2)
    assert keys.paths() == ["bob/kept"]


def test_a_mistyped_command_is_guessed(keys):
    refused(keys("delte", "bob"), 2, "did you mean delete?")


@pytest.mark.parametrize("arguments, code, name", [
    (["list", "--user", "zoe"], 3, "not_found"), (["add", "a/b"], 2, "invalid_input"),
    (["add", "bob"], 7, "conflict"), (["delete", "bob"], 8, "no_terminal"), (["nonsense"], 2, "invalid_input"),
])
def test_with_json_an_error_is_an_object_on_stderr(keys, arguments, code, name):
    keys.add("bob")
    result = keys(*arguments, "--json")
    assert (result.returncode, result.stdout) == (code, "")
    error = json.loads(result.stderr)["error"]
    assert sorted(error) == ["code", "exit", "hint", "message"]
    assert (error["code"], error["exit"]) == (name, code)
    assert error["message"]


# --- the file ----------------------------------------------------------------------------------------------------

def test_the_database_is_for_its_owner_alone_whatever_the_umask(keys):
    result = keys.shell("umask 000; aihub-keys add bob")
    assert result.returncode == 0, result.stderr
    assert stat.S_IMODE(keys.db.parent.stat().st_mode) == 0o700
    for path in keys.db.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_the_flag_wins_over_the_environment(keys):
    keys.ok("add", "bob", "--db", str(keys.folder / "other.db"))
    keys.ok("--db", str(keys.folder / "other.db"), "add", "amy")
    assert keys.paths() == []
    assert keys.paths("--db", str(keys.folder / "other.db")) == ["amy/default", "bob/default"]


def test_a_relative_name_is_beside_the_working_folder(keys):
    keys.ok("add", "bob", "--db", "here.db")
    assert (keys.folder / "here.db").exists()


def test_aihub_json_names_the_database(keys):
    (keys.folder / "aihub.json").write_text(json.dumps({"db": str(keys.folder / "from-file.db")}))
    del keys.environment["AIHUB_DB"]
    processes.run([binary("aihub-keys"), "add", "bob"], env=keys.environment, cwd=keys.folder)
    assert (keys.folder / "from-file.db").exists()


def test_a_token_is_nowhere_but_where_it_was_printed(keys):
    tokens = [keys.add("bob", f"key {number}") for number in range(20)] + [keys.add("root", "--admin")]
    keys.ok("delete", "bob/key 3", "--yes")
    holder = sqlite3.connect(keys.db)  # keeps the write-ahead log from being folded in
    holder.execute("SELECT count(*) FROM keys").fetchone()
    tokens.append(keys.add("amy"))
    files = [path.read_bytes() for path in keys.db.parent.iterdir()]
    assert len(files) == 4
    output = "".join(keys.ok(*arguments) for arguments in (
        ["list", "--all"], ["list", "--all", "--json"], ["list", "--format", "csv"], ["-l"], ["config"],
        ["delete", "bob", "--yes", "--json"], ["--version", "--json"]))
    holder.close()
    for token in tokens:
        for secret in (token, token[4:34], token[4:16]):
            assert secret not in output
            assert not any(secret.encode() in data for data in files)


@pytest.mark.parametrize("command", [["add", "bob"], ["list"], ["delete", "bob", "--yes"], ["-l"]])
def test_a_file_that_is_no_database_is_refused_and_kept(keys, command):
    keys.db.parent.mkdir()
    text = b"these are my notes\n" * 200
    keys.db.write_bytes(text)
    refused(keys(*command), 6, str(keys.db), "not a database")
    assert keys.db.read_bytes() == text


def test_another_programs_database_is_refused_and_kept(keys):
    keys.db.parent.mkdir()
    with sqlite3.connect(keys.db) as other:
        other.execute("CREATE TABLE tokens (id INTEGER PRIMARY KEY, token TEXT)")
    other.close()
    before = keys.db.read_bytes()
    refused(keys("add", "bob"), 2, "another program's database")
    assert keys.db.read_bytes() == before


def test_a_database_of_a_newer_version_is_refused(keys):
    keys.add("bob")
    with sqlite3.connect(keys.db) as other:
        other.execute("PRAGMA user_version = 1000")
    other.close()
    refused(keys("add", "amy"), 2, "newer aihub", "upgrade")
    refused(keys("list"), 2, "newer aihub")


def test_a_damaged_database_is_said_to_be_so(keys):
    keys.add("bob")
    data = bytearray(keys.db.read_bytes())
    data[4096:] = b"\xaa" * (len(data) - 4096)
    keys.db.write_bytes(data)
    refused(keys("list"), 6, "damaged")


def test_a_locked_database_is_said_to_be_so(keys):
    keys.add("bob")
    holder = sqlite3.connect(keys.db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    refused(keys("add", "amy"), 7, "locked by another process")
    assert keys.paths() == ["bob/default"]  # readers do not wait
    holder.execute("ROLLBACK")
    holder.close()
    keys.add("amy")


@pytest.mark.parametrize("place", ["file/aihub.db", "folder"])
def test_a_place_where_no_database_can_be_is_named(keys, place):
    (keys.folder / "file").write_text("")
    (keys.folder / "folder").mkdir()
    refused(keys("add", "bob", db=keys.folder / place), 1, place.split("/")[0])


def as_nobody():
    """What root may not write is nothing: such tests run as somebody else."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def nobody_can_run_it():
    try:
        return processes.run([binary("aihub-keys"), "--version"], preexec_fn=as_nobody).returncode == 0
    except PermissionError:
        return False


@pytest.fixture
def open_keys():
    """In a folder that another user may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        if not nobody_can_run_it():
            pytest.skip("the program is in a folder that other users cannot enter")
        yield Keys(Path(folder))


def test_a_folder_that_cannot_be_written_is_named(open_keys):
    (open_keys.folder / "locked").mkdir(mode=0o555)
    inside = open_keys.folder / "locked" / "aihub.db"
    refused(open_keys("add", "bob", db=inside, preexec_fn=as_nobody), 1, str(inside), "Permission denied")
    below = open_keys.folder / "locked" / "deeper" / "aihub.db"
    refused(open_keys("add", "bob", db=below, preexec_fn=as_nobody), 1, "deeper", "Permission denied")


def test_a_database_that_is_somebody_elses_is_said_to_be_so(open_keys):
    open_keys.add("bob")
    if os.geteuid() != 0:
        open_keys.db.chmod(0)
    else:
        open_keys.db.parent.chmod(0o755)
    refused(open_keys("list", preexec_fn=as_nobody), 1, str(open_keys.db))


def test_a_database_that_can_only_be_read_takes_no_key(open_keys):
    open_keys.add("bob")
    open_keys.db.parent.chmod(0o755)
    open_keys.db.chmod(0o444)
    refused(open_keys("add", "amy", preexec_fn=as_nobody), 1, str(open_keys.db))


def test_many_at_once_lose_no_key(keys):
    """Forty processes on a file that none of them finds."""
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: keys("add", f"user {number % 5}", f"key {number}"), range(40)))
    assert [result.stderr for result in results if result.returncode != 0] == []
    assert len({result.stdout for result in results}) == 40
    assert len(keys.rows()) == 40
    check = sqlite3.connect(keys.db)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()


# --- what comes with it ------------------------------------------------------------------------------------------

def test_the_version_names_the_library_below(keys):
    assert re.fullmatch(r"aihub-keys \d+\.\d+\.\d+\n", keys.ok("--version"))
    facts = json.loads(keys.ok("--version", "--json"))
    assert facts["name"] == "aihub-keys" and re.fullmatch(r"\d+\.\d+\.\d+", facts["sqlite"])


def test_config_says_where_the_database_comes_from(keys):
    assert f"db = {keys.db}   # environment AIHUB_DB" in keys.ok("config").splitlines()
    assert f"db = {keys.folder}/x.db   # flag --db" in keys.ok("config", "--db", f"{keys.folder}/x.db").splitlines()


def test_the_committed_completions_are_current(keys):
    assert keys.ok("completion", "bash") == (ROOT / "completions" / "aihub-keys.bash").read_text()


def test_the_man_page_names_every_option_and_exit_code(keys):
    page = (ROOT / "man" / "aihub-keys.1").read_text()
    commands = re.findall(r"^        (\S+)\) words=", (ROOT / "completions" / "aihub-keys.bash").read_text(), re.M)
    helps = "".join(keys.ok(*command.split("/"), "--help") for command in commands if command != "*")
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", helps.split("exit codes:")[0]
                             + "".join(re.findall(r"options:\n(.*?)\n\n", helps, re.S))))
    for option in options:
        assert re.search(rf"Fl {re.escape(option[1:])}\b", page), f"{option} is missing"
    assert set(re.findall(r"^\.It (\d)$", page, re.M)) == {"0", "1", "2", "3", "4", "6", "7", "8"}


def test_the_man_page_is_clean():
    if processes.run(["bash", "-c", "command -v mandoc"]).returncode != 0:
        pytest.skip("mandoc is not installed")
    said = processes.run(["mandoc", "-Tlint", "-Wwarning", str(ROOT / "man" / "aihub-keys.1")])
    assert said.stdout == "" and said.returncode == 0


@pytest.mark.parametrize("command", [[], ["add", "x"], ["list"], ["delete", "x"], ["-g", "y"], ["-l"], ["-d", "y", "z"],
                                     ["config"], ["completion", "bash"], ["help", "add"], ["--version"], ["--help"]])
@pytest.mark.parametrize("stdin", ["closed", "silent"])
def test_no_command_waits_for_a_stdin_that_says_nothing(keys, command, stdin):
    reader, writer = os.pipe()
    close = (lambda: os.close(0)) if stdin == "closed" else None
    result = keys(*command, stdin=reader, preexec_fn=close, start_new_session=True)
    os.close(reader)
    os.close(writer)
    assert result.returncode in (0, 3, 8)
    assert "\x1b" not in result.stdout + result.stderr
