"""Users, tiers, balances and the trail of changes, from the command line."""
import json
import pwd
import os
import re

import pytest
from support.keys_program import Keys, keys, refused  # noqa: F401 (keys is a fixture)


def user(keys, name):
    return json.loads(keys.ok("user", "show", name, "--json"))


def users(keys):
    return json.loads(keys.ok("user", "list", "--json"))["users"]


def balance(keys, name):
    return json.loads(keys.ok("balance", "show", name, "--json"))["balance"]


def audit(keys, *arguments):
    return json.loads(keys.ok("audit", "--json", *arguments))["entries"]


# --- users -------------------------------------------------------------------------------------------------------

def test_a_user_is_made_without_a_key(keys):
    made = json.loads(keys.ok("user", "add", "bob", "--email", "bob@example.org", "--tier", "sub", "--balance", "2.50",
                              "--tokens-per-minute", "1000", "--json"))
    assert made["schema"] == "aihub.user/1"
    assert made == user(keys, "bob") == user(keys, "bob@example.org")
    assert (made["tier"], made["balance"], made["tokens_per_minute"], made["keys"]) == ("sub", "2.50", 1000, 0)
    assert keys.rows() == []


def test_users_are_listed_with_what_they_have(keys):
    assert users(keys) == []
    assert not keys.db.exists()
    keys.add("bob", "a")
    keys.add("bob", "b")
    keys.ok("user", "add", "amy")
    assert {row["user"]: row["keys"] for row in users(keys)} == {"bob": 2, "amy": 0}
    header, *rows = keys.ok("user", "list").splitlines()
    assert header.split("\t") == ["user", "email", "tier", "balance", "active", "keys", "requests", "created"]
    assert len(rows) == 2
    assert sorted(keys.ok("user", "list", "-q").split()) == ["amy", "bob"]


def test_a_user_is_changed(keys):
    keys.ok("user", "add", "bob", "--requests-per-minute", "3", "--email", "bob@example.org")
    changed = json.loads(keys.ok("user", "change", "bob", "--requests-per-minute", "default", "--max-concurrent", "2",
                                 "--email", "none", "--tier", "gold", "--json"))
    assert (changed["requests_per_minute"], changed["max_concurrent"], changed["email"], changed["tier"]) == \
        (None, 2, None, "gold")


def test_a_user_is_switched_off_and_on(keys):
    token = keys.add("bob")
    assert json.loads(keys.ok("user", "disable", "bob", "--json"))["active"] is False
    assert keys("verify", input=token).returncode == 4
    assert json.loads(keys.ok("user", "enable", "bob", "--json"))["active"] is True
    assert keys("verify", input=token).returncode == 0


def test_a_user_is_deleted_with_all_keys(keys):
    keys.add("bob", "a")
    keys.add("bob", "b")
    refused(keys("user", "delete", "bob"), 8, "--yes")
    code, screen = keys.at_terminal("user", "delete", "bob", types="n\n")
    assert code == 1 and "delete the user bob and 2 keys? [y/N]" in screen and "nothing was deleted" in screen
    assert json.loads(keys.ok("user", "delete", "bob", "--yes", "--json"))["keys"] == 2
    assert keys.rows() == [] and users(keys) == []
    keys.ok("user", "add", "bob")


@pytest.mark.parametrize("arguments", [["user", "show", "zoe"], ["user", "change", "zoe", "--tier", "sub"],
                                       ["user", "disable", "zoe"], ["user", "enable", "zoe"],
                                       ["user", "delete", "zoe", "--yes"], ["balance", "show", "zoe"],
                                       ["balance", "add", "zoe", "1"], ["balance", "set", "zoe", "1"],
                                       ["balance", "history", "zoe"], ["tier", "set", "zoe", "sub"]])
def test_a_user_who_does_not_exist_is_named(keys, arguments):
    refused(keys(*arguments), 3)
    assert not keys.db.exists()
    keys.add("bob")
    refused(keys(*arguments), 3, "zoe")


def test_a_name_or_an_address_that_is_taken_is_refused(keys):
    keys.ok("user", "add", "bob", "--email", "bob@example.org")
    refused(keys("user", "add", "bob"), 7, "bob")
    refused(keys("user", "add", "amy", "--email", "bob@example.org"), 7, "bob@example.org")
    keys.ok("user", "add", "amy")
    refused(keys("user", "change", "amy", "--email", "bob@example.org"), 7, "bob@example.org")


@pytest.mark.parametrize("arguments", [["add", "a/b"], ["add", "bob", "--email", "nonsense"], ["add", "bob", "--tier", "No Such"],
                                       ["add", "bob", "--balance", "x"], ["add", "bob", "--max-concurrent", "x"], ["add"],
                                       ["change", "kept"], ["change", "kept", "--tier", ""], ["list", "bob"], [], ["frob"]])
def test_wrong_usage_of_users_is_said_in_one_line(keys, arguments):
    keys.ok("user", "add", "kept")
    refused(keys("user", *arguments), 2)
    assert [row["user"] for row in users(keys)] == ["kept"]


# --- tiers -------------------------------------------------------------------------------------------------------

def tiers(keys):
    return {row["tier"]: row for row in json.loads(keys.ok("tier", "list", "--json"))["tiers"]}


def test_a_user_gets_another_tier(keys):
    keys.ok("user", "add", "bob")
    result = keys("tier", "set", "bob", "sub")
    assert result.returncode == 0 and result.stderr == ""
    assert user(keys, "bob")["tier"] == "sub"
    assert "describe no tier gold" in keys("tier", "set", "bob", "gold").stderr
    refused(keys("tier", "set", "bob", "No Such"), 2)
    refused(keys("tier", "set", "bob"), 2, "TIER is missing")


def test_tiers_are_listed_with_what_they_allow(keys):
    known = tiers(keys)
    assert (known["payg"]["requests_per_minute"], known["sub"]["requests_per_minute"]) == (5, 10)
    assert known["payg"]["prepaid"] is True and known["admin"]["unlimited"] is True
    assert not keys.db.exists()
    keys.ok("user", "add", "bob", "--tier", "gold")
    keys.ok("user", "add", "amy", "--tier", "silver")
    (keys.folder / "aihub.json").write_text(json.dumps({
        "rate_limits": {"sub": 77}, "tiers": {"gold": {"requests_per_minute": 60, "tokens_per_minute": 9000, "prepaid": True}}}))
    known = tiers(keys)
    assert known["sub"]["requests_per_minute"] == 77
    gold, silver = known["gold"], known["silver"]
    assert (gold["users"], gold["requests_per_minute"], gold["tokens_per_minute"], gold["prepaid"]) == (1, 60, 9000, True)
    assert (silver["described"], silver["requests_per_minute"]) == (False, 5)
    assert gold["described"] is True


# --- balances ----------------------------------------------------------------------------------------------------

def test_money_is_added_set_and_shown_exactly(keys):
    keys.ok("user", "add", "bob")
    assert json.loads(keys.ok("balance", "add", "bob", "0.1", "--json"))["balance"] == "0.10"
    for _ in range(2):
        keys.ok("balance", "add", "bob", "0.1")
    assert balance(keys, "bob") == "0.30"
    keys.ok("balance", "add", "bob", "-0.300001")
    assert balance(keys, "bob") == "-0.000001"
    keys.ok("balance", "set", "bob", "12.5")
    assert balance(keys, "bob") == "12.50"
    assert "balance: 12.50\n" in keys.ok("balance", "show", "bob")


def test_the_history_of_a_balance_says_why(keys):
    keys.ok("user", "add", "bob")
    keys.ok("balance", "add", "bob", "5", "--note", "invoice 7")
    keys.ok("balance", "set", "bob", "1")
    newest, older = json.loads(keys.ok("balance", "history", "bob", "--json"))["changes"]
    assert (older["amount"], older["type"], older["note"]) == ("5.00", "credit", "invoice 7")
    assert (newest["amount"], newest["type"]) == ("1.00", "admin_topup")


@pytest.mark.parametrize("amount", ["", "x", "1,5", "0.0000001", "99999999999999", "1e3", "€5"])
def test_an_amount_that_is_none_is_refused(keys, amount):
    keys.ok("user", "add", "bob", "--balance", "1")
    for word in ("add", "set"):
        refused(keys("balance", word, "bob", amount), 2)
    assert balance(keys, "bob") == "1.00"


def test_a_balance_cannot_grow_beyond_its_bounds(keys):
    keys.ok("user", "add", "bob", "--balance", "1")
    for _ in range(2):
        last = keys("balance", "add", "bob", "600000000000")
    refused(last, 2)
    assert balance(keys, "bob") == "600000000001.00"


# --- audit -------------------------------------------------------------------------------------------------------

def test_every_change_leaves_a_row(keys):
    me = pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        keys.environment.pop("SUDO_USER", None)
    keys.add("bob", "laptop")
    keys.ok("change", "bob/laptop", "--budget", "5")
    keys.ok("rotate", "bob/laptop")
    keys.ok("tier", "set", "bob", "sub")
    keys.ok("balance", "add", "bob", "5")
    keys.ok("user", "disable", "bob")
    keys.ok("delete", "bob/laptop", "--yes")
    keys.ok("user", "delete", "bob", "--yes")
    entries = audit(keys)
    assert {entry["actor"] for entry in entries} == {me}
    assert {entry["source"] for entry in entries} == {"cli"}
    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)
    targets = [entry["target"] for entry in entries]
    assert targets.count("bob/laptop") >= 4 and targets.count("bob") >= 4
    actions = {entry["action"] for entry in entries}
    assert len(actions) >= 6, actions


def test_who_is_behind_sudo_is_named(keys):
    if os.geteuid() != 0:
        pytest.skip("only the superuser is run by sudo")
    keys.environment["SUDO_USER"] = "amy"
    keys.add("bob")
    assert {entry["actor"] for entry in audit(keys)} == {"amy"}


def test_no_token_is_in_the_trail(keys):
    tokens = [keys.add("bob", "laptop"), keys.ok("rotate", "bob/laptop").strip()]
    said = keys.ok("audit", "--json") + keys.ok("audit")
    for token in tokens:
        assert token not in said and token[4:34] not in said


def test_the_trail_can_be_cut(keys):
    keys.add("bob", "laptop")
    everything = audit(keys)
    assert audit(keys, "--since", "2099-01-01") == []
    assert audit(keys, "--since", "ever") == audit(keys, "--since", "1h") == everything
    result = keys("audit", "--limit", "1", "--json")
    assert json.loads(result.stdout)["entries"] == everything[:1]
    assert ("there are older entries" in result.stderr) == (len(everything) > 1)
    for wrong in (["--since", "soon"], ["--since", ""], ["--limit", "0"], ["--limit", "x"]):
        refused(keys("audit", *wrong), 2, wrong[0])


def test_without_a_database_nothing_has_happened(keys):
    assert audit(keys) == []
    assert re.fullmatch(r"at\tactor\tsource\taction\ttarget\tdetail\n", keys.ok("audit"))
    assert not keys.db.exists()
