"""What users see of themselves, and the keys that they make, change, rotate and revoke without an admin."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import Api, admin_of


@pytest.fixture(scope="module")
def front(module_gateway, upstream):
    return module_gateway({"mock": upstream.service()}, {"dashboard_api_keys": ["static-key-0000001"]})


@pytest.fixture(scope="module")
def admin(front):
    return admin_of(front)


@pytest.fixture
def user(front, admin, request):
    """A fresh user with one unlimited key."""
    made = admin.post("/admin/api/users", {"name": request.node.name[:90].replace("/", "-"), "tier": "sub", "balance": 3})
    key = admin.post(f"/admin/api/users/{made['id']}/apikey", {"name": "first"})
    return Api(front, key["key"])


def keys_of(user):
    return {key["name"]: key for key in user.get("/user/api/keys")}


def test_me_is_who_calls(user):
    me = user.get("/user/api/me")
    assert me["balance"] == 3 and me["balance_micro"] == 3000000 and me["tier"] == "sub"
    assert [key["name"] for key in me["api_keys"]] == ["first"]
    assert {"id", "key_prefix", "name", "created_at"} <= me["api_keys"][0].keys()


def test_a_key_of_the_settings_is_somebody_too(front):
    static = Api(front, "static-key-0000001")
    me = static.get("/user/api/me")
    assert (me["id"], me["name"], me["tier"], me["api_keys"]) == (0, "static", "sub", [])
    assert static.get("/user/api/usage") == []
    assert "settings" in static.post("/user/api/keys", {}, status=403)["detail"]


def test_nobody_is_refused(front):
    for method, path in (("GET", "me"), ("GET", "usage"), ("GET", "ratelimit"), ("GET", "keys"), ("POST", "keys"),
                         ("DELETE", "keys/1")):
        Api(front).expect(401, method, f"/user/api/{path}")


def test_the_rate_limit_is_live_and_looking_takes_nothing(front, user):
    shown = user.get("/user/api/ratelimit")
    assert (shown["tier"], shown["max_per_minute"], shown["remaining"], shown["resets_in"]) == ("sub", 10, 10, 60)
    body = {"model": "mock", "messages": [{"role": "user", "content": "hi"}]}
    assert user.call("POST", "/v1/chat/completions", body).status == 200
    assert user.get("/user/api/ratelimit")["remaining"] == 9
    unlimited = admin_of(front).get("/user/api/ratelimit")
    assert unlimited["remaining"] == 999 and unlimited["unlimited"] is True


def test_usage_of_someone_new_is_empty_and_bad_days_are_named(user):
    assert user.get("/user/api/usage") == [] and user.get("/user/api/usage?by=model") == []
    for query in ("days=0", "days=x", "days=400"):
        assert "days" in user.get(f"/user/api/usage?{query}", status=422)["detail"]
    assert "by" in user.get("/user/api/usage?by=week", status=422)["detail"]


def test_the_summary_is_of_all_for_admins_and_of_oneself_for_others(front, admin, user):
    for caller, scope in ((admin, "all"), (user, "own")):
        found = caller.get("/v1/stats/summary")
        assert found["period"] == "24h" and found["scope"] == scope and found["models"] == ["mock"]
        assert {"new_users", "total_requests", "total_tokens", "avg_latency_ms", "total_cost"} <= found["stats"].keys()
        assert 0 < found["system"]["ram_used_gb"] < found["system"]["ram_total_gb"]
        assert 0 <= found["system"]["cpu_percent"] <= 100 and found["active_models"] == 1


def test_a_user_makes_rotates_and_revokes_keys(front, user):
    made = user.post("/user/api/keys", {"name": "laptop"})
    assert made["parent"] is None and user.works(made["key"])
    path = f"/user/api/keys/{made['key_id']}"
    rotated = user.post(f"{path}/rotate")
    assert user.works(rotated["key"]) and not user.works(made["key"])
    assert user.patch(path, {"requests_per_minute": 3})["requests_per_minute"] == 3
    assert user.delete(path)["status"] == "deleted"
    assert not user.works(rotated["key"]) and list(keys_of(user)) == ["first"]
    rows = [row["action"] for row in admin_of(front).get("/admin/api/audit?limit=4")]
    assert rows == ["key.revoke", "key.change", "key.rotate", "key.add"]


@pytest.mark.parametrize("glob, seen", [("mo*", ["mock"]), ("MOCK", ["mock"]), ("qwen*", [])])
def test_a_key_for_certain_models_is_shown_those_only(user, glob, seen):
    key = Api(user.front, user.post("/user/api/keys", {"name": "some", "models": [glob]})["key"])
    assert [model["id"] for model in key.get("/v1/models")["data"]] == seen
    assert [model["name"] for model in key.get("/api/tags")["models"]] == seen
    assert [model["name"] for model in key.get("/user/api/models")] == seen
    assert key.call("GET", "/v1/models/mock").status == (200 if seen else 404)


def test_a_users_keys_come_in_pages(user):
    for number in range(3):
        user.post("/user/api/keys", {"name": f"page {number}"})
    every = sorted(user.get("/user/api/keys"), key=lambda key: key["id"])
    assert len(every) > 3
    assert user.get("/user/api/keys?limit=2") == every[:2]
    assert user.get(f"/user/api/keys?limit=1000&after={every[1]['id']}") == every[2:]
    assert user.get(f"/user/api/keys?after={every[-1]['id']}") == []
    assert user.get("/user/api/keys?limit=1001", status=422)["detail"].startswith("limit: must be")


def test_others_keys_do_not_exist_for_a_user(front, admin, user):
    other = admin.post("/admin/api/users", {"name": "other of " + user.get("/user/api/me")["name"]})
    theirs = admin.post(f"/admin/api/users/{other['id']}/apikey", {})
    for which in (theirs["id"], theirs["key_id"], "1", "no-such-key"):
        for method, tail, body in (("DELETE", "", {}), ("PATCH", "", {"budget": 1}), ("POST", "/rotate", {})):
            assert "no API key" in user.expect(404, method, f"/user/api/keys/{which}{tail}", body)["detail"]
    assert "no API key" in user.post("/user/api/keys", {"name": "x", "parent": theirs["key_id"]}, status=404)["detail"]
    assert user.works(theirs["key"])


def test_a_delegated_key_is_narrower_in_everything(user):
    first = keys_of(user)["first"]
    parent = user.post("/user/api/keys", {"name": "team", "parent": first["key_id"], "models": ["mock*", "qwen*"], "budget": 5,
                                          "requests_per_minute": 10, "expires_in": "2d"})
    holder = Api(user.front, parent["key"])
    child = holder.post("/user/api/keys", {"name": "intern", "models": ["mock*"], "budget": 1, "requests_per_minute": 2,
                                           "expires_in": "1d"})
    assert child["parent"] == parent["key_id"] and user.works(child["key"])
    for wider in ({"models": ["*"]}, {"budget": 6}, {"requests_per_minute": 11}, {"expires_in": "3d"}):
        holder.post("/user/api/keys", {"name": "wide", **wider}, status=422)
    inherited = holder.post("/user/api/keys", {"name": "same"})
    assert inherited["models"] == parent["models"] and inherited["expires_at"] == parent["expires_at"]


def test_who_holds_a_limited_key_sees_and_changes_only_what_was_made_from_it(user):
    limited = user.post("/user/api/keys", {"name": "limited", "budget": 2})
    holder = Api(user.front, limited["key"])
    child = holder.post("/user/api/keys", {"name": "child", "budget": 1})
    assert child["parent"] == limited["key_id"], "else it would spend what its maker may not"
    assert set(keys_of(holder)) == {"limited", "child"} and set(keys_of(user)) == {"first", "limited", "child"}
    assert [key["name"] for key in holder.get("/user/api/me")["api_keys"]] == ["limited", "child"]
    first = keys_of(user)["first"]["key_id"]
    for method, tail, body in (("DELETE", "", {}), ("PATCH", "", {"budget": 1}), ("POST", "/rotate", {})):
        holder.expect(404, method, f"/user/api/keys/{first}{tail}", body)
    refused = holder.patch(f"/user/api/keys/{limited['key_id']}", {"budget": None}, status=403)
    assert "cannot change its own limits" in refused["detail"]
    holder.patch(f"/user/api/keys/{child['key_id']}", {"budget": 3}, status=422)
    assert holder.patch(f"/user/api/keys/{child['key_id']}", {"budget": 0.5})["budget_micro"] == 500000
    assert user.delete(f"/user/api/keys/{limited['key_id']}")
    assert not user.works(child["key"]), "it ends with the one that it was made from"


@pytest.mark.parametrize("body", [{"admin": True}, {"worker": True}, {"user": "admin"}, {"tier": "admin"}, {"user_id": 1}])
def test_a_user_cannot_ask_for_more_than_a_users_key(user, body):
    assert "is no field" in user.post("/user/api/keys", {"name": "more", **body}, status=422)["detail"]
    assert list(keys_of(user)) == ["first"]


def test_a_user_has_at_most_a_hundred_keys(front, user):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: user.call("POST", "/user/api/keys", {"name": f"n{number}"}), range(103)))
    refused = [reply for reply in made if reply.status != 200]
    assert {reply.status for reply in refused} == {409} and 1 <= len(refused) <= 4
    assert "revoke one first" in refused[0].json()["detail"]


def test_a_key_that_revokes_itself_gets_its_answer(user):
    made = user.post("/user/api/keys", {"name": "once"})
    assert Api(user.front, made["key"]).delete(f"/user/api/keys/{made['key_id']}")["status"] == "deleted"
    Api(user.front, made["key"]).get("/user/api/me", status=401)


def test_without_keys_nobody_can_make_one(gateway, mock):
    """A page in a browser can reach a gateway on this machine; it must not make itself an admin's key."""
    front = gateway({"mock": mock.service()}, flags=["--auth", "off"])
    anybody = Api(front)
    assert anybody.get("/user/api/me")["name"] == "anonymous"
    assert anybody.get("/admin/api/users", status=403)["detail"] == "Admin access required"
    anybody.post("/user/api/keys", {}, status=403)
    assert admin_of(front).get("/admin/api/users")
