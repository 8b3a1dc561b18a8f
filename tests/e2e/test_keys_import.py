"""Keys that people bring along: they keep working with the tokens that their programs have."""
import csv
import hashlib
import io
import json
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import processes
from support.keys_program import Keys, keys, refused  # noqa: F401 (keys is a fixture)
from support.raw import ask, bearer

HEX = "0f" * 32


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def works(keys, token):
    return keys("verify", input=token).returncode == 0


def key_of(keys, token):
    return json.loads(keys.ok("verify", "--json", input=token))


def imported(keys, *arguments, **more):
    return json.loads(keys.ok("import", "--json", *arguments, **more))


def make_database(path, script):
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return str(path)


def tokens_db(path, rows):
    make_database(path, """CREATE TABLE tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL UNIQUE,
        user TEXT NOT NULL, api_name TEXT NOT NULL, token TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT,
        UNIQUE(user, api_name))""")
    connection = sqlite3.connect(path)
    connection.executemany("INSERT INTO tokens (user_id, user, api_name, token, created_at, expires_at) VALUES (?,?,?,?,?,?)",
                           rows)
    connection.commit()
    connection.close()
    return str(path)


# --- our own exports ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
def test_an_export_with_hashes_is_read_back_elsewhere(keys, form):
    token = keys.add("=bob", "laptop", "--tier", "sub", "--balance", "-1.5", "--models", "a*,b", "--budget", "5",
                     "--requests-per-minute", "7", "--expires", "2099-01-01")
    admin = keys.add("root", "--admin")
    keys.add("bob", "gone")
    keys.ok("delete", "bob/gone", "--yes")
    old = keys.add("eve")
    new = keys.ok("rotate", "eve/default").strip()
    file = f"keys.{form}"
    keys.ok("export", file, "--hashes", "--all")
    other = keys.folder / "other.db"
    outcome = imported(keys, file, db=other)
    assert (outcome["from"], outcome["keys"], outcome["users"], outcome["left_out"]) == ("aihub", 3, 3, 1)
    there = json.loads(keys.ok("verify", "--json", input=token, db=other))
    here = json.loads(keys.ok("verify", "--json", input=token))
    for name in ("id", "user", "name", "hint", "kind", "tier", "balance", "models", "budget", "spent",
                 "requests_per_minute", "created", "expires"):
        assert there[name] == here[name], name
    assert json.loads(keys.ok("verify", "--json", input=admin, db=other))["kind"] == "admin"
    assert keys("verify", input=new, db=other).returncode == 0
    assert keys("verify", input=old, db=other).returncode == 4  # the grace of a rotation does not travel
    again = imported(keys, file, db=other)
    assert (again["keys"], again["users"], again["present"]) == (0, 0, 3)


def test_an_export_without_hashes_says_what_is_missing(keys):
    keys.add("bob")
    keys.ok("export", "keys.csv")
    refused(keys("import", "keys.csv"), 2, "--from")


def test_a_list_of_ones_own_may_have_tokens(keys):
    text = "user,name,token,budget\r\nbob,laptop,my-own-secret-token,2\r\n\"amy, the \"\"second\"\"\",x,another-own-token,\r\n"
    result = keys("import", "-", input=text)
    refused(result, 2, "key 2")  # a quotation mark is in no name
    assert keys.rows() == []
    outcome = imported(keys, "-", input=text.replace(' the ""second""', " the second"))
    assert (outcome["keys"], outcome["users"]) == (2, 2)
    assert key_of(keys, "my-own-secret-token")["budget"] == "2.00"
    assert key_of(keys, "another-own-token")["user"] == "amy, the second"


def test_names_that_are_taken_get_a_number(keys):
    keys.add("bob", "laptop")
    imported(keys, "-", input="user,name,token\nbob,laptop,first-of-bobs-own\nbob,laptop,second-of-bobs-own\n")
    assert sorted(keys.paths()) == ["bob/laptop", "bob/laptop 2", "bob/laptop 3"]


@pytest.mark.parametrize("text, words", [
    ("", ["no keys"]), ("user,hash\n", ["no keys"]), ("\n\n", ["no keys"]), ("{}", ["known here"]), ("[1]", ["entry 1"]),
    ('{"keys": 3}', ["known here"]), ('{"user":"bob","hash":"' + HEX + '"}\nnonsense\n', ["line 2"]),
    ("a,b\n1,2\n", ["known here"]), (f"user,hash\nbob,{HEX[:-1]}\n", ["line 2", "hash"]),
    (f"user,hash\nbob,{HEX},more\n", ["line 2", "3 cells"]), (f'user,hash\n"bob,{HEX}\n', ["line 2", "not closed"]),
    (f'user,hash\n"bob"x,{HEX}\n', ["line 2"]), (f"user,hash,balance\nbob,{HEX},much\n", ["line 2", "balance"]),
    (f"user,hash,expires\nbob,{HEX},soon\n", ["line 2", "expires"]), (f"user,hash,max_concurrent\nbob,{HEX},-1\n", ["line 2"]),
    (f"user,hash\nbob,{HEX}\na/b,{HEX[:-1]}1\n", ["key 2"]), (f"user,hash\n,{HEX}\n", ["key 1"]),
    (f"user,hash,kind\nbob,{HEX},king\n", ["kind"]), ("user,hash\nbob,\n", ["line 2"]), ("\x00\x01", []),
])
def test_what_is_wrong_is_named_and_nothing_is_imported(keys, text, words):
    keys.add("kept")
    refused(keys("import", "-", input=text), 2, *words)
    assert keys.paths() == ["kept/default"]


def test_a_dry_run_changes_nothing(keys):
    result = keys("import", "--dry-run", "--json", input=f"user,hash\nbob,{HEX}\n")
    assert json.loads(result.stdout)["keys"] == 1 and "nothing was imported" in result.stderr
    assert not keys.db.exists()


def test_a_file_that_does_not_exist_is_named(keys):
    refused(keys("import", "none.csv"), 3, "none.csv", "name the file")
    refused(keys("import", "."), 1, "cannot read .")
    assert not keys.db.exists()


# --- tokens.db ---------------------------------------------------------------------------------------------------

def test_the_plain_tokens_of_tokens_db_keep_working(keys):
    rows = [("u1", "bob", "laptop", "ab" * 32, "2025-03-01T10:00:00.123456+00:00", None),
            ("u2", "bob", "phone", "cd" * 32, "2025-03-02T10:00:00.123456+00:00", "2099-01-01T00:00:00+02:00"),
            ("u3", "amy", "laptop", "ef" * 32, "2025-03-03T10:00:00.123456+00:00", None)]
    outcome = imported(keys, tokens_db(keys.folder / "tokens.db", rows))
    assert (outcome["from"], outcome["keys"], outcome["users"]) == ("tokens.db", 3, 2)
    first = key_of(keys, "ab" * 32)
    assert (first["user"], first["name"], first["tier"], first["created"]) == ("bob", "laptop", "sub", "2025-03-01T10:00:00Z")
    assert key_of(keys, "cd" * 32)["expires"] == "2098-12-31T22:00:00Z"
    data = keys.db.read_bytes() + b"".join(path.read_bytes() for path in keys.db.parent.iterdir())
    assert all(token.encode() not in data for *_, token, _, _ in rows)


def test_a_tokens_db_of_the_older_form_is_read(keys):
    path = make_database(keys.folder / "old.db", """CREATE TABLE tokens (id INTEGER PRIMARY KEY, user TEXT, api_name TEXT,
        token TEXT); INSERT INTO tokens VALUES (1, 'bob', 'laptop', 'an-old-plain-token');""")
    assert imported(keys, "--tier", "gold", path)["keys"] == 1
    assert key_of(keys, "an-old-plain-token")["tier"] == "gold"


# --- gateway.db --------------------------------------------------------------------------------------------------

GATEWAY_DB = f"""
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, balance REAL DEFAULT 0.0, tier TEXT DEFAULT 'payg',
    active INTEGER DEFAULT 1, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE api_keys (id INTEGER PRIMARY KEY, user_id INTEGER, key_hash TEXT UNIQUE, key_prefix TEXT,
    name TEXT DEFAULT 'default', active INTEGER DEFAULT 1, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
INSERT INTO users VALUES (1, 'admin', 999999, 'admin', 1, '2025-01-01 00:00:00'),
    (2, 'bob@example.org', 12.3456781, 'payg', 1, '2025-02-01 00:00:00'),
    (3, 'amy@example.org', 0.1, 'sub', 0, '2025-02-02 00:00:00');
INSERT INTO api_keys (user_id, key_hash, key_prefix, name, active, created_at) VALUES
    (1, '{digest("sk-admin-change-me-on-first-run")}', 'sk-admin-c', 'admin-key', 1, '2025-01-01 00:00:00'),
    (1, '{digest("sk-admin-own")}', 'sk-admin-o', 'admin-key', 1, '2025-01-01 00:00:00'),
    (2, '{digest("sk-bob")}', 'sk-bob12', 'default', 1, '2025-02-01 12:30:00'),
    (2, '{digest("sk-gone")}', 'sk-gone1', 'default', 0, '2025-02-01 00:00:00'),
    (3, '{digest("sk-amy")}', 'sk-amy12', 'default', 1, '2025-02-02 00:00:00'),
    (9, '{digest("sk-orphan")}', 'sk-orph1', 'default', 1, '2025-02-02 00:00:00');
"""


def test_the_users_of_gateway_db_come_with_balance_and_tier(keys):
    path = make_database(keys.folder / "gateway.db", GATEWAY_DB)
    result = keys("import", path)
    assert result.returncode == 0, result.stderr
    assert "from: gateway.db\nkeys: 3\nusers: 3\n" in result.stdout and "left_out: 3" in result.stdout
    for why in ("everybody knows", "deleted", "user does not exist"):
        assert why in result.stderr
    bob = key_of(keys, "sk-bob")
    assert (bob["user"], bob["balance"], bob["tier"], bob["hint"], bob["created"]) == \
        ("bob@example.org", "12.345678", "payg", "sk-bob12…", "2025-02-01T12:30:00Z")
    assert key_of(keys, "sk-admin-own")["tier"] == "admin"
    refused(keys("verify", input="sk-amy"), 4, "disabled")
    for token in ("sk-gone", "sk-orphan", "sk-admin-change-me-on-first-run"):
        refused(keys("verify", input=token), 4, "nobody has this token")


# --- one-api -----------------------------------------------------------------------------------------------------

ONE_API = """
CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, username text UNIQUE, password text, display_name text, role integer,
    status integer DEFAULT 1, email text, access_token char(32), quota bigint DEFAULT 0, used_quota bigint DEFAULT 0);
CREATE TABLE tokens (id integer PRIMARY KEY AUTOINCREMENT, user_id integer, key char(48) UNIQUE, status integer DEFAULT 1,
    name text, created_time bigint, accessed_time bigint, expired_time bigint DEFAULT -1, remain_quota bigint DEFAULT 0,
    unlimited_quota numeric DEFAULT false, used_quota bigint DEFAULT 0, models text, subnet text DEFAULT '');
INSERT INTO users (id, username, password, status, email, quota) VALUES (1, 'root', 'x', 1, '', 100000000),
    (2, 'bob', 'x', 1, 'bob@example.org', 1250001), (3, 'amy', 'x', 2, '', 500000);
INSERT INTO tokens (user_id, key, status, name, created_time, expired_time, remain_quota, unlimited_quota, used_quota, models, subnet)
    VALUES (2, 'bobkey', 1, 'laptop', 1740000000, -1, 500000, 0, 250000, 'gpt-4o,llama3', ''),
    (2, 'unlimited', 1, 'free', 1740000000, 4070908800, 0, 1, 10, NULL, ''),
    (2, 'disabled', 2, 'off', 1740000000, -1, 0, 1, 0, NULL, ''),
    (2, 'subnet', 1, 'net', 1740000000, -1, 0, 1, 0, NULL, '10.0.0.0/8'),
    (2, 'usedup', 4, 'empty', 1740000000, -1, -5, 0, 500, NULL, ''),
    (3, 'amykey', 1, 'laptop', 1740000000, -1, 1, 0, 0, NULL, '');
"""


def test_the_tokens_of_one_api_come_with_quotas_as_money(keys):
    result = keys("import", make_database(keys.folder / "one-api.db", ONE_API))
    assert result.returncode == 0, result.stderr
    assert "keys: 4" in result.stdout and "off (row 3): disabled" in result.stderr and "subnet" in result.stderr
    laptop = key_of(keys, "sk-bobkey")
    assert (laptop["user"], laptop["name"], laptop["budget"], laptop["spent"], laptop["balance"], laptop["models"]) == \
        ("bob", "laptop", "1.50", "0.50", "2.500002", ["gpt-4o", "llama3"])
    free = key_of(keys, "sk-unlimited")
    assert (free["budget"], free["spent"], free["expires"], free["models"]) == (None, "0.00002", "2099-01-01T00:00:00Z", [])
    empty = key_of(keys, "sk-usedup")
    assert empty["budget"] == empty["spent"] == "0.001"
    refused(keys("verify", input="sk-amykey"), 4, "disabled")
    refused(keys("verify", input="sk-disabled"), 4)


def test_one_apis_table_of_tokens_comes_without_its_users_too(keys):
    rows = [{"id": 1, "user_id": 7, "key": "sk-shown", "status": 1, "name": "a", "expired_time": -1, "remain_quota": 0,
             "unlimited_quota": True, "used_quota": 0, "created_time": 1740000000, "models": None, "subnet": ""}]
    imported(keys, "-", input=json.dumps({"success": True, "message": "", "data": rows}))
    assert key_of(keys, "sk-shown")["user"] == "one-api user 7"


# --- LiteLLM -----------------------------------------------------------------------------------------------------

LITELLM = [
    {"token": digest("sk-bob"), "key_name": "sk-...x7Qz", "key_alias": "bobs key", "spend": 0.30000000000000004,
     "expires": "2099-01-01T00:00:00Z", "models": ["gpt-4o", "llama*"], "user_id": "bob", "team_id": None, "max_budget": 10.5,
     "tpm_limit": 1000, "rpm_limit": 7, "max_parallel_requests": 2, "blocked": None, "created_at": "2025-02-01T12:30:00.123000Z"},
    {"token": digest("sk-team"), "key_name": "sk-...abcd", "key_alias": None, "spend": 0, "expires": None,
     "models": ["all-team-models"], "user_id": None, "team_id": "blue", "max_budget": None, "blocked": False},
    {"token": digest("sk-blocked"), "key_name": "sk-...zzzz", "key_alias": "bad", "models": [], "user_id": "bob", "blocked": True},
    {"token": "plain-of-its-own", "key_name": "plain", "models": [], "user_id": None, "spend": 1e-07},
]


def litellm_csv():
    """As PostgreSQL's COPY … CSV HEADER writes it."""
    columns = ["token", "key_name", "key_alias", "spend", "expires", "models", "user_id", "team_id", "max_budget", "tpm_limit",
               "rpm_limit", "max_parallel_requests", "blocked", "created_at"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in LITELLM:
        cells = dict(row, models="{" + ",".join(row["models"]) + "}",
                     blocked={True: "t", False: "f"}.get(row.get("blocked"), ""),
                     expires=(row.get("expires") or "").replace("T", " ").replace("Z", ""),
                     created_at=(row.get("created_at") or "").replace("T", " ").replace("Z", "+00"))
        writer.writerow(["" if cells.get(column) is None else cells[column] for column in columns])
    return text.getvalue()


@pytest.mark.parametrize("text", [json.dumps({"keys": LITELLM, "total_count": 4}), json.dumps(LITELLM),
                                  "\n".join(map(json.dumps, LITELLM)), litellm_csv()],
                         ids=["answer", "array", "lines", "csv"])
@pytest.mark.parametrize("arguments", [[], ["--from", "litellm"]], ids=["recognised", "said"])
def test_the_keys_of_litellm_come_with_budgets_and_limits(keys, text, arguments):
    (keys.folder / "export").write_text(text)
    outcome = imported(keys, *arguments, "export")
    assert (outcome["from"], outcome["keys"], outcome["users"], outcome["left_out"]) == ("litellm", 3, 3, 1)
    bob = key_of(keys, "sk-bob")
    assert (bob["user"], bob["name"], bob["hint"], bob["tier"]) == ("bob", "bobs key", "sk-…x7Qz", "sub")
    assert (bob["budget"], bob["spent"], bob["models"]) == ("10.50", "0.30", ["gpt-4o", "llama*"])
    assert (bob["tokens_per_minute"], bob["requests_per_minute"], bob["max_concurrent"]) == (1000, 7, 2)
    assert (bob["expires"], bob["created"]) == ("2099-01-01T00:00:00Z", "2025-02-01T12:30:00Z")
    team = key_of(keys, "sk-team")
    assert (team["user"], team["models"], team["budget"], team["expires"]) == ("team blue", [], None, None)
    assert key_of(keys, "plain-of-its-own")["user"] == "litellm"
    refused(keys("verify", input="sk-blocked"), 4)


# --- what is not what it is said to be ---------------------------------------------------------------------------

def test_a_source_that_does_not_fit_is_refused(keys):
    path = tokens_db(keys.folder / "tokens.db", [("u", "bob", "x", "t" * 20, "2025-03-01", None)])
    refused(keys("import", "--from", "gateway.db", path), 2, "gateway.db of LLM Gateway")
    refused(keys("import", "--from", "excel", path), 2, "--from")
    refused(keys("import", make_database(keys.folder / "x.db", "CREATE TABLE notes (id)")), 2, "known here")
    assert not keys.db.exists()


def test_a_database_of_aihub_itself_is_told_apart(keys):
    keys.add("bob")
    refused(keys("import", str(keys.db)), 2, "export")


def test_a_database_is_not_read_from_a_pipe(keys):
    path = tokens_db(keys.folder / "tokens.db", [("u", "bob", "x", "t" * 20, "2025-03-01", None)])
    refused(keys.shell(f"cat {path} | aihub-keys import -"), 2, "name its file")


def test_a_store_is_only_read(keys):
    path = keys.folder / "tokens.db"
    tokens_db(path, [("u", "bob", "x", "t" * 20, "2025-03-01", None)])
    before = path.read_bytes()
    imported(keys, str(path))
    assert path.read_bytes() == before
    assert [each.name for each in keys.folder.iterdir() if each.name.startswith("tokens.db")] == ["tokens.db"]


def test_an_imported_token_works_at_the_gateway(gateway, mock, tmp_path):
    front = gateway({"mock": mock.service()})
    path = tokens_db(tmp_path / "tokens.db", [("u1", "bob", "laptop", "ab" * 32, "2025-03-01", None)])
    before = ask(front.url, "GET", "/mock/x", bearer("ab" * 32)).status
    result = front.keys_command("import", path)
    assert result.returncode == 0, result.stderr
    processes.wait_until(lambda: ask(front.url, "GET", "/mock/x", bearer("ab" * 32)).status == 200, "the key to be known", 5)
    assert before == 401


# --- many --------------------------------------------------------------------------------------------------------

def is_being_written(keys):
    """Whether somebody holds the lock for writing at this moment."""
    if not keys.db.exists():
        return False
    connection = sqlite3.connect(keys.db, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        return False
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    finally:
        connection.close()


@pytest.mark.parametrize("last, code", [("sound", 0), ("broken", 2)])
def test_others_write_while_a_large_store_is_imported_and_find_nothing_locked(keys, last, code):
    """All of it or nothing, and nobody else notices more than a pause."""
    count = 50_000
    keys.add("bob")
    rows = [f"user {number % 1000},key {number},{digest(str(number))},\n" for number in range(count)]
    if last == "broken":
        rows[-1] = rows[-1].replace("user 999", "no/slash")
    (keys.folder / "many.csv").write_text("user,name,hash,tier\n" + "".join(rows))
    importing = subprocess.Popen(keys.command("import", "many.csv"), env=keys.environment, cwd=keys.folder,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    processes.wait_until(lambda: is_being_written(keys), "the import to begin", pause=0.001)
    with ThreadPoolExecutor(6) as pool:
        others = list(pool.map(lambda number: keys("add", f"other {number}"), range(6)))
        said = importing.communicate(timeout=60)
    assert [other.stderr for other in others if other.returncode != 0] == []
    assert importing.returncode == code, said
    names = {path.split("/")[0] for path in keys.paths()}
    assert {"bob", *(f"other {number}" for number in range(6))} <= names
    assert len(keys.rows()) == 7 + (count if code == 0 else 0)
    assert keys.ok("db", "check").endswith("is sound\n")
