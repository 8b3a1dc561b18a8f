"""Keys as files: export, the -e flag, the database's path, check and backup."""
import csv
import io
import json
import os
import sqlite3
import stat

import pytest
from support.keys_program import Keys, keys, refused  # noqa: F401 (keys is a fixture)

COLUMNS = ["user", "name", "id", "hint", "tier", "balance", "created", "expires", "last_used", "revoked", "email", "active",
           "kind", "models", "requests_per_minute", "tokens_per_minute", "max_concurrent", "budget", "spent"]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


# --- export ------------------------------------------------------------------------------------------------------

def test_an_export_is_csv_for_its_owner_alone(keys):
    token = keys.add("bob, the first", "laptop", "--balance", "1.5", "--models", "a*,b", "--budget", "2")
    keys.shell("umask 000; aihub-keys export keys.csv")
    path = keys.folder / "keys.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    data = path.read_bytes()
    assert data.count(b"\r\n") == 2 and data.count(b"\n") == 2
    header = data.decode().splitlines()[0]
    assert header.split(",") == COLUMNS
    [row] = rows_of(data.decode())
    assert (row["user"], row["name"], row["balance"], row["budget"]) == ("bob, the first", "laptop", "1.50", "2.00")
    assert row["models"].replace(" ", "") == "a*,b"
    assert token not in data.decode() and token[4:34] not in data.decode()


def test_the_form_of_an_export_is_as_the_file_is_called_or_as_it_is_said(keys):
    keys.add("bob")
    keys.ok("export", "keys.json")
    document = json.loads((keys.folder / "keys.json").read_text())
    assert document["schema"] == "aihub.export/1" and document["keys"][0]["user"] == "bob"
    keys.ok("export", "keys.ndjson")
    assert json.loads((keys.folder / "keys.ndjson").read_text())["user"] == "bob"
    assert rows_of(keys.ok("export"))[0]["user"] == rows_of(keys.ok("export", "-"))[0]["user"] == "bob"
    assert json.loads(keys.ok("export", "-", "--format", "ndjson"))["name"] == "default"
    assert json.loads(keys.ok("export", "--json"))["keys"][0]["name"] == "default"
    assert rows_of(keys.ok("export", "--format", "csv"))[0]["user"] == "bob"


def test_an_export_replaces_nothing_unless_it_is_told_to(keys):
    keys.add("bob")
    path = keys.folder / "keys.csv"
    path.write_text("mine")
    refused(keys("export", "keys.csv"), 7, "exists already", "--force")
    assert path.read_text() == "mine"
    keys.ok("export", "keys.csv", "--force")
    assert path.read_text().startswith("user,")
    assert [entry.name for entry in keys.folder.iterdir() if entry.name.startswith("keys.csv")] == ["keys.csv"]


@pytest.mark.parametrize("command", [["export", "FILE", "--force"], ["-e", "FILE"]])
def test_what_is_no_file_is_not_replaced(keys, command):
    keys.add("bob")
    os.mkfifo(keys.folder / "pipe")
    for place in ("pipe", ".", "none/keys.csv"):
        said = keys(*[place if word == "FILE" else word for word in command])
        refused(said, 1 if "/" in place else 2, place)
    assert stat.S_ISFIFO((keys.folder / "pipe").stat().st_mode)


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-x", "@SUM(A1)", "'=1"])
def test_a_spreadsheet_runs_no_name_as_a_formula(keys, name):
    keys.ok("add", "--", name)
    [row] = rows_of(keys.ok("export"))
    assert row["user"] == "'" + name
    assert rows_of(keys.ok("export", "--raw"))[0]["user"] == name
    assert json.loads(keys.ok("export", "--format", "ndjson"))["user"] == name


def test_amounts_below_zero_are_numbers_and_no_formulas(keys):
    keys.add("bob", "--balance", "-1.25")
    assert rows_of(keys.ok("export"))[0]["balance"] == "-1.25"


def test_deleted_keys_are_exported_when_asked_for(keys):
    keys.add("bob", "a")
    keys.add("bob", "b")
    keys.ok("delete", "bob/a", "--yes")
    assert [row["name"] for row in rows_of(keys.ok("export"))] == ["b"]
    assert [row["name"] for row in rows_of(keys.ok("export", "--all"))] == ["a", "b"]


def test_an_export_to_a_full_disk_fails(keys):
    keys.add("bob")
    result = keys.shell("aihub-keys export >/dev/full")
    assert result.returncode == 1 and "No space left on device" in result.stderr


def test_there_is_nothing_to_export_where_there_is_no_database(keys):
    refused(keys("export"), 3)
    refused(keys("export", "keys.csv"), 3)
    assert not (keys.folder / "keys.csv").exists()


# --- the -e flag -------------------------------------------------------------------------------------------------

def test_e_writes_the_columns_that_people_know(keys):
    assert keys.ok("-e", "users.csv") == "No users found to export.\n"
    assert not (keys.folder / "users.csv").exists()
    token = keys.add("bob", "laptop", "--expires", "2099-01-01")
    keys.add("=amy")
    assert keys.ok("-e", "users.csv") == "Users exported successfully to users.csv\n"
    path = keys.folder / "users.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    header = path.read_bytes().split(b"\r\n")[0].decode()
    assert header == "User ID,User,API KEY Name,Created At,Expires At,Token"
    amy, bob = rows_of(path.read_bytes().decode())
    assert (bob["User"], bob["API KEY Name"], bob["Expires At"]) == ("bob", "laptop", "2099-01-01T00:00:00Z")
    assert bob["Token"] == f"ahk_…{token[-4:]}" and token not in path.read_text()
    assert (amy["User"], amy["Expires At"]) == ("'=amy", "")


def test_e_replaces_the_file_of_yesterday(keys):
    keys.add("bob")
    (keys.folder / "users.csv").write_text("yesterday")
    keys.ok("-e", "users.csv")
    assert "bob" in (keys.folder / "users.csv").read_text()
    refused(keys("-e", "users.csv", "-l"), 2, "exclude")
    refused(keys("-e"), 2, "-e")


# --- the database as a file --------------------------------------------------------------------------------------

def test_the_path_is_printed_also_before_there_is_a_file(keys):
    assert keys.ok("db", "path") == f"{keys.db}\n"
    assert keys.ok("db", "path", "--db", "here.db") == f"{keys.folder}/here.db\n"
    assert json.loads(keys.ok("db", "path", "--json"))["path"] == str(keys.db)
    assert not keys.db.exists()


def test_a_sound_database_is_said_to_be_so(keys):
    keys.add("bob")
    assert keys.ok("db", "check") == f"{keys.db} is sound\n"
    assert json.loads(keys.ok("db", "check", "--json"))["sound"] is True


def test_damage_is_found(keys):
    keys.add("bob")
    connection = sqlite3.connect(keys.db)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("UPDATE keys SET user_id = 999")
    connection.commit()
    connection.close()
    refused(keys("db", "check"), 6, "does not exist", "restore it from a backup")


def test_a_page_of_noise_is_found(keys):
    for number in range(30):
        keys.add("bob", f"key {number}")
    connection = sqlite3.connect(keys.db)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'live_key_names'").fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    data = bytearray(keys.db.read_bytes())
    data[(page - 1) * size:page * size] = b"\xaa" * size
    keys.db.write_bytes(data)
    refused(keys("db", "check"), 6, "damaged")


def test_a_backup_is_whole_and_for_its_owner_alone(keys):
    keys.add("bob", "laptop")
    holder = sqlite3.connect(keys.db)  # keeps what was written last in the write-ahead log
    holder.execute("SELECT count(*) FROM keys").fetchone()
    keys.add("amy")
    assert keys.shell("umask 000; aihub-keys db backup copy.db").stdout == f"{keys.folder}/copy.db\n"
    holder.close()
    copy = keys.folder / "copy.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert keys.paths("--db", str(copy)) == ["amy/default", "bob/laptop"]
    keys.ok("add", "zoe", "--db", str(copy))
    assert keys.ok("db", "check", "--db", str(copy)) == f"{copy} is sound\n"
    assert keys.paths() == ["amy/default", "bob/laptop"]


def test_a_backup_replaces_nothing_unless_it_is_told_to(keys):
    keys.add("bob")
    copy = keys.folder / "copy.db"
    copy.write_text("mine")
    refused(keys("db", "backup", "copy.db"), 7, "exists already", "--force")
    assert copy.read_text() == "mine"
    keys.ok("db", "backup", "copy.db", "--force")
    assert keys.paths("--db", str(copy)) == ["bob/default"]
    refused(keys("db", "backup", "none/copy.db"), 1, "none/copy.db")
    refused(keys("db", "backup", "."), 2, "no ordinary file")
    assert sorted(entry.name for entry in keys.folder.iterdir() if entry.name.startswith("copy")) == ["copy.db"]


@pytest.mark.parametrize("word", [["check"], ["backup", "copy.db"]])
def test_without_a_database_there_is_nothing_to_look_at(keys, word):
    refused(keys("db", *word), 3, "no database")
    assert not (keys.folder / "copy.db").exists()
