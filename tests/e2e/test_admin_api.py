"""The admin API: users, their keys and balances, and the trail of who changed what."""
import json
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from support.api import Api, admin_of
from support.raw import ask, bearer


@pytest.fixture(scope="module")
def front(module_gateway, upstream):
    return module_gateway({"mock": upstream.service()}, {"tiers": {"team": {"requests_per_minute": 1000}}})


@pytest.fixture(scope="module")
def admin(front):
    return admin_of(front)


def make_user(admin, email, **more):
    return admin.post("/admin/api/users", {"email": email, **more})


def exactly(reply):
    return json.loads(reply.text, parse_float=Decimal)


def test_a_user_is_made_shown_changed_and_deleted(admin):
    made = make_user(admin, "ann@example.org", tier="sub", balance="12.345678", max_concurrent=3)
    assert made["email"] == made["name"] == "ann@example.org" and made["tier"] == "sub"
    path = f"/admin/api/users/{made['id']}"
    shown = admin.get(path)
    assert shown["balance_micro"] == 12345678 and shown["balance"] == 12.345678
    assert shown["active"] is True and shown["max_concurrent"] == 3 and shown["key_count"] == 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["created_at"])
    changed = admin.patch(path, {"tier": "team", "active": False, "max_concurrent": None, "requests_per_minute": 9})
    assert changed["status"] == "updated" and changed["tier"] == "team" and changed["active"] is False
    assert changed["max_concurrent"] is None and changed["requests_per_minute"] == 9
    assert admin.get("/admin/api/users")[0]["id"] == made["id"], "newest first"
    assert admin.delete(path) == {"status": "deleted", "id": made["id"], "name": "ann@example.org"}
    admin.get(path, status=404)
    assert made["id"] not in [user["id"] for user in admin.get("/admin/api/users")]


def test_users_are_found_by_number_name_and_address(admin):
    made = make_user(admin, "found@example.org", name="finder")
    for who in (made["id"], "finder", "found@example.org", "found%40example.org"):
        assert admin.get(f"/admin/api/users/{who}")["id"] == made["id"]


def test_a_user_whose_name_is_anothers_number_is_not_taken_for_that_one(admin):
    first = make_user(admin, "numbered@example.org")
    other = admin.post("/admin/api/users", {"name": str(first["id"])})
    assert other["id"] != first["id"]
    assert admin.get(f"/admin/api/users/{first['id']}")["email"] == "numbered@example.org"


def test_an_address_that_is_taken_is_refused_in_the_older_gateways_words(admin):
    make_user(admin, "twice@example.org")
    reply = admin.post("/admin/api/users", {"email": "twice@example.org", "tier": "payg"}, status=400)
    assert reply["detail"] == "Email already exists"


@pytest.mark.parametrize("body, field", [
    (b"{", "no JSON"), (b"[]", "no JSON object"), (b"", "email"), ({"email": 7}, "email: must be a text"),
    ({"email": "x@example.org", "tier": "gold"}, "tier: there is none of that name; those that are there: payg, sub, open, admin, team"),
    ({"email": "x@example.org", "balance": "1,5"}, "balance"), ({"email": "x@example.org", "balance": 0.0000001}, "balance"),
    ({"email": "x@example.org", "requests_per_minute": -1}, "requests_per_minute"),
    ({"email": "x@example.org", "max_concurrent": 1.5}, "max_concurrent"), ({"email": "no address"}, "address"),
    ({"email": "x@example.org", "blance": 5}, "blance: is no field"), (b'{"email":"a@b.c","email":"d@e.f"}', "email"),
    (b"[" * 600 + b"]" * 600, "nested"),
])
def test_a_body_that_is_wrong_is_refused_with_what_is(admin, body, field):
    before = len(admin.get("/admin/api/users"))
    reply = admin.expect(422, "POST", "/admin/api/users", body)
    assert field in reply["detail"], reply
    assert len(admin.get("/admin/api/users")) == before


def test_a_body_over_a_megabyte_is_refused(admin):
    reply = admin.call("POST", "/admin/api/users", b'{"email":"' + b"x" * (1 << 20) + b'"}')
    assert reply.status == 413 and "larger than 1048576 bytes" in reply.json()["detail"]


def test_the_content_type_of_a_body_does_not_matter(admin):
    reply = admin.call("POST", "/admin/api/users", b'{"email":"typeless@example.org"}', {"Content-Type": "text/plain"})
    assert reply.status == 200


def test_a_body_in_chunks_is_read_as_well(front, admin):
    headers = {**bearer(admin.key), "Transfer-Encoding": "chunked"}
    body = b"10\r\n" + b'{"email":"chunky' + b"\r\ne\r\n" + b'@example.org"}' + b"\r\n0\r\n\r\n"
    reply = ask(front.address, "POST", "/admin/api/users", headers, body)
    assert reply.status == 200 and reply.json()["email"] == "chunky@example.org"


def test_nothing_to_change_is_said_and_an_unknown_user_is_404(admin):
    made = make_user(admin, "same@example.org")
    assert "nothing is to change" in admin.patch(f"/admin/api/users/{made['id']}", {}, status=422)["detail"]
    assert "no user 999999" in admin.patch("/admin/api/users/999999", {"tier": "sub"}, status=404)["detail"]
    assert "no user nobody" in admin.get("/admin/api/users/nobody/transactions", status=404)["detail"]


def test_balances_are_set_and_added_to_the_last_micro_unit(admin):
    user = make_user(admin, "payer@example.org")
    path = f"/admin/api/users/{user['id']}"
    admin.patch(path, {"balance": 10})
    admin.post(f"{path}/balance", {"add": "0.000001", "note": "a gift"})
    admin.post(f"{path}/balance", {"add": -3.5})
    admin.post(f"{path}/balance", {"set": 7, "add": 1}, status=422)
    admin.post(f"{path}/balance", {}, status=422)
    shown = exactly(admin.call("GET", path))
    assert shown["balance"] == Decimal("6.500001") and shown["balance_micro"] == 6500001
    rows = [(row["amount_micro"], row["type"], row["note"]) for row in admin.get(f"{path}/transactions")]
    assert rows == [(-3500000, "credit", "Admin balance update"), (1, "credit", "a gift"),
                    (10000000, "admin_topup", "Admin balance update")]
    assert len(admin.get(f"{path}/transactions?limit=1")) == 1
    admin.get(f"{path}/transactions?limit=0", status=422)


def test_the_largest_balance_is_shown_exactly(admin):
    user = make_user(admin, "rich@example.org", balance_micro=999999999999999999)
    reply = admin.call("GET", f"/admin/api/users/{user['id']}")
    assert exactly(reply)["balance"] == Decimal("999999999999.999999") and '"balance":999999999999.999999' in reply.text


def test_additions_at_the_same_time_all_count(admin):
    user = make_user(admin, "crowd@example.org")
    path = f"/admin/api/users/{user['id']}/balance"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: admin.post(path, {"add": 1}), range(40)))
    assert admin.get(f"/admin/api/users/{user['id']}")["balance_micro"] == 40_000_000


def test_a_key_works_in_the_very_next_request_and_never_after_its_end(front, admin):
    """Also on other connections, which other loops may serve."""
    user = make_user(admin, "keyed@example.org")
    for number in range(10):
        made = admin.post(f"/admin/api/users/{user['id']}/apikey", {"user_id": user["id"], "name": f"k{number}"})
        assert made["key"].startswith("ahk_") and made["prefix"].endswith(made["key"][-4:])
        assert admin.works(made["key"])
        assert admin.delete(f"/admin/api/apikeys/{made['id']}")["status"] == "deleted"
        assert not admin.works(made["key"])
    admin.delete(f"/admin/api/apikeys/{made['id']}", status=404)


def test_a_key_is_listed_changed_and_rotated(front, admin):
    user = make_user(admin, "rotor@example.org")
    made = admin.post(f"/admin/api/users/{user['id']}/apikeys",
                      {"name": "ci", "expires_in": "30d", "models": ["mock*"], "budget": 2.5, "requests_per_minute": 7})
    assert made["models"] == ["mock*"] and made["budget_micro"] == 2500000 and made["expires_at"]
    listed = admin.get(f"/admin/api/users/{user['id']}/apikeys")
    assert [key["key_id"] for key in listed] == [made["key_id"]] and "key" not in listed[0]
    assert [key["key_id"] for key in admin.get("/admin/api/apikeys?user=rotor%40example.org")] == [made["key_id"]]
    path = f"/admin/api/apikeys/{made['key_id']}"
    changed = admin.patch(path, {"budget": None, "models": [], "expires_at": None, "tokens_per_minute": 100})
    assert (changed["budget"], changed["models"], changed["expires_at"]) == (None, [], None)
    assert changed["requests_per_minute"] == 7 and changed["tokens_per_minute"] == 100
    rotated = admin.post(f"{path}/rotate", {"grace": "1h"})
    assert rotated["key"] != made["key"] and rotated["key_id"] == made["key_id"]
    assert admin.works(rotated["key"]) and admin.works(made["key"])
    last = admin.post(f"{path}/rotate")
    assert admin.works(last["key"]) and not admin.works(made["key"]) and not admin.works(rotated["key"])
    listing = front.keys_command("list", "--format", "json")
    assert made["key_id"] in listing.stdout and last["key"] not in listing.stdout


def test_names_of_keys_are_unique_and_bad_wishes_are_named(admin):
    user = make_user(admin, "wisher@example.org")
    path = f"/admin/api/users/{user['id']}/apikey"
    admin.post(path, {"name": "one"})
    assert "one" in admin.post(path, {"name": "one"}, status=409)["detail"]
    for body, field in (({"expires_at": "tomorrow"}, "expires_at"), ({"expires_at": "2001-01-01"}, "passed"),
                        ({"models": "a,b", "models_": 1}, "models_"), ({"budget": -1}, "budget"),
                        ({"admin": True, "worker": True}, "worker"), ({"models": [1]}, "models")):
        assert field in admin.post(path, {"name": "two", **body}, status=422)["detail"]
    assert len(admin.get(f"/admin/api/users/{user['id']}/apikeys")) == 1


def test_a_disabled_user_is_refused_at_once_and_let_in_again(front, admin):
    user = make_user(admin, "offon@example.org")
    key = admin.post(f"/admin/api/users/{user['id']}/apikey", {})["key"]
    for active, status in ((False, 403), (True, 200)):
        admin.patch(f"/admin/api/users/{user['id']}", {"active": active})
        assert ask(front.address, "GET", "/v1/models", bearer(key)).status == status


ADMIN_CALLS = [("GET", "users"), ("POST", "users"), ("GET", "users/1"), ("PATCH", "users/1"), ("DELETE", "users/1"),
               ("POST", "users/1/balance"), ("GET", "users/1/transactions"), ("GET", "users/1/apikeys"),
               ("POST", "users/1/apikey"), ("GET", "apikeys"), ("GET", "apikeys/1"), ("PATCH", "apikeys/1"),
               ("DELETE", "apikeys/1"), ("POST", "apikeys/1/rotate"), ("GET", "signups"), ("POST", "signups/1/approve"),
               ("POST", "signups/1/reject"), ("GET", "audit"), ("GET", "config"), ("PATCH", "config")]


@pytest.mark.parametrize("method, path", ADMIN_CALLS)
def test_only_admins_may(front, method, path):
    stranger = Api(front).expect(401, method, f"/admin/api/{path}", {"email": "sneak@example.org"})
    assert "no API key" in stranger["detail"]
    user = Api(front, front.client_key).expect(403, method, f"/admin/api/{path}", {"email": "sneak@example.org"})
    assert user["detail"] == "Admin access required"


def test_a_worker_or_a_delegated_key_of_an_admin_is_no_admins(front, admin):
    chief = make_user(admin, "chief@example.org", tier="admin")
    full = admin.post(f"/admin/api/users/{chief['id']}/apikey", {"name": "full"})
    worker = admin.post(f"/admin/api/users/{chief['id']}/apikey", {"name": "worker", "worker": True})
    narrow = admin.post(f"/admin/api/users/{chief['id']}/apikey", {"name": "narrow", "parent": full["key_id"]})
    assert Api(front, full["key"]).get("/admin/api/users")
    for made in (worker, narrow):
        assert Api(front, made["key"]).get("/admin/api/users", status=403)["detail"] == "Admin access required"


@pytest.mark.parametrize("method, path, allowed", [
    ("PUT", "/admin/api/users", "GET, HEAD, POST"), ("POST", "/admin/api/users/1", "GET, HEAD, PATCH, DELETE"),
    ("GET", "/admin/api/apikeys/1/rotate", "POST"), ("DELETE", "/admin/api/config", "GET, HEAD, PATCH"),
    ("POST", "/user/api/me", "GET, HEAD"), ("PUT", "/user/api/keys/1", "PATCH, DELETE"), ("GET", "/api/signup", "POST"),
    ("POST", "/health", "GET, HEAD")])
def test_a_wrong_method_is_told_the_right_ones(admin, method, path, allowed):
    reply = admin.call(method, path, {})
    assert reply.status == 405 and reply.get("Allow") == allowed
    assert allowed in reply.text


@pytest.mark.parametrize("path", ["/admin/api", "/admin/api/", "/admin/api/nothing", "/admin/api/users/", "/user/api/users",
                                  "/admin/api/users/1/apikeys/2", "/admin/api/users//apikeys"])
def test_an_unknown_path_is_404(admin, path):
    assert "nothing at" in admin.get(path, status=404)["detail"]


def test_a_head_request_gets_no_body(admin):
    reply = admin.call("HEAD", "/admin/api/users")
    assert reply.status == 200 and reply.body == b"" and int(reply.get("Content-Length")) > 2


def test_every_change_leaves_its_row_in_the_trail(front, admin):
    user = make_user(admin, "trail@example.org")
    admin.patch(f"/admin/api/users/{user['id']}", {"tier": "sub"})
    admin.post(f"/admin/api/users/{user['id']}/balance", {"add": 5})
    key = admin.post(f"/admin/api/users/{user['id']}/apikey", {"name": "seen"})
    admin.patch(f"/admin/api/apikeys/{key['id']}", {"budget": 1})
    admin.post(f"/admin/api/apikeys/{key['id']}/rotate")
    admin.delete(f"/admin/api/apikeys/{key['id']}")
    admin.delete(f"/admin/api/users/{user['id']}")
    rows = [row for row in admin.get("/admin/api/audit?since=1h") if row["target"].startswith("trail@example.org")]
    assert [row["action"] for row in rows] == ["user.delete", "key.revoke", "key.rotate", "key.change", "key.add",
                                               "user.balance", "user.change", "user.add"]
    assert {(row["actor"], row["source"]) for row in rows} == {("admin", "127.0.0.1")}
    assert all(isinstance(row["detail"], dict) for row in rows) and key["key"] not in json.dumps(rows)
    shown = front.keys_command("audit", "--format", "json")
    assert shown.returncode == 0 and "trail@example.org/seen" in shown.stdout


def test_the_trail_can_be_cut(admin):
    assert len(admin.get("/admin/api/audit?limit=2")) == 2
    assert admin.get("/admin/api/audit?since=2100-01-01T00:00:00Z") == []
    assert "since" in admin.get("/admin/api/audit?since=yesterday", status=422)["detail"]
    assert "limit" in admin.get("/admin/api/audit?limit=0", status=422)["detail"]


def test_a_database_that_is_gone_is_said_and_changes_nothing_else(gateway, mock):
    front = gateway({"mock": mock.service()})
    admin = admin_of(front)
    front.db.rename(front.folder / "away.db")
    assert "is gone" in admin.get("/admin/api/users", status=503)["detail"]
    assert admin.works(front.client_key)
    (front.folder / "away.db").rename(front.db)
    assert admin.get("/admin/api/users")


# --- long lists ---------------------------------------------------------------------------------------------------

def pages_of(admin, path, size):
    """All pages, each asked for with the number of the last one of the page before."""
    pages = []
    joint = "&" if "?" in path else "?"
    while not pages or len(pages[-1]) == size:
        after = f"&after={pages[-1][-1]['id']}" if pages else ""
        pages.append(admin.get(f"{path}{joint}limit={size}{after}"))
    return [entry for page in pages for entry in page]


@pytest.fixture(scope="module")
def many(admin):
    """Users of whom each has keys."""
    users = [make_user(admin, f"page{number}@example.org") for number in range(5)]
    for user in users:
        for name in ("one", "two"):
            admin.post(f"/admin/api/users/{user['id']}/apikeys", {"name": name})
    return users


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_users_and_keys_come_in_pages(admin, many, size):
    by_number = lambda entries: sorted(entries, key=lambda entry: entry["id"])
    users = pages_of(admin, "/admin/api/users", size)
    assert users == by_number(admin.get("/admin/api/users"))[::-1], "newest first"
    keys = pages_of(admin, "/admin/api/apikeys", size)
    assert keys == by_number(admin.get("/admin/api/apikeys"))
    path = f"/admin/api/users/{many[0]['id']}/apikeys"
    assert [key["name"] for key in pages_of(admin, path, size)] == ["one", "two"]
    everything = pages_of(admin, "/admin/api/apikeys?all=1", size)
    assert everything == by_number(admin.get("/admin/api/apikeys?all=1")) and len(everything) > len(keys) - 1


def test_a_page_may_come_after_one_who_is_gone(admin, many):
    gone = make_user(admin, "gone@example.org")
    admin.delete(f"/admin/api/users/{gone['id']}")
    assert admin.get(f"/admin/api/users?after={gone['id']}&limit=1")[0]["id"] == many[-1]["id"]


def test_without_a_limit_a_page_goes_to_the_end(admin, many):
    last = admin.get("/admin/api/apikeys")
    middle = sorted(key["id"] for key in last)[len(last) // 2]
    assert {key["id"] for key in admin.get(f"/admin/api/apikeys?after={middle}")} == {
        key["id"] for key in last if key["id"] > middle}
    assert admin.get("/admin/api/apikeys?after=1000000") == []


@pytest.mark.parametrize("path", ["users", "apikeys", "users/{}/apikeys"])
@pytest.mark.parametrize("query, word", [("limit=0", "limit"), ("limit=1001", "limit"), ("limit=ten", "limit"), ("limit=", "limit"),
                                         ("after=-1", "after"), ("after=x", "after"), ("limit=1&after=1.5", "after")])
def test_a_page_that_cannot_be_is_refused(admin, many, path, query, word):
    reply = admin.get(f"/admin/api/{path.format(many[0]['id'])}?{query}", status=422)
    assert reply["detail"].startswith(f"{word}: must be a whole number from ")
