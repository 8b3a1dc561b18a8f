"""Who may ask: every way to show a key, every way to be refused, in the words of the path's API."""
import base64
import json

import pytest
from support import keychain
from support.mock_upstream import MockUpstream
from support.raw import Connection, ask, bearer, request_bytes

CHAT = json.dumps({"model": "mock", "messages": []}).encode()
PATHS = {  # path: what the body of an error looks like there
    "/v1/models": "openai", "/v1/chat/completions": "openai", "/mock/v1/models": "openai",
    "/v1/messages": "anthropic", "/mock/v1/messages": "anthropic",
    "/api/chat": "ollama", "/api/tags": "ollama", "/mock/api/chat": "ollama",
    "/mock/x": "plain", "/mock/": "plain", "/admin/api/users": "detail", "/user/api/me": "detail",
}


@pytest.fixture(scope="module")
def upstream():
    with MockUpstream(models=["mock"], kind="ollama") as made:
        yield made


@pytest.fixture(scope="module")
def front(upstream, module_gateway):
    keychain.remember("static-one-0123456789")
    keychain.remember("static-two-0123456789")
    keychain.remember("admin-of-the-environment")
    return module_gateway({"mock": upstream.service()}, environment={
        "DASHBOARD_API_KEYS": "static-one-0123456789, static-two-0123456789", "ADMIN_KEY": "admin-of-the-environment"})


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


WAYS = {
    "bearer": lambda key: bearer(key),
    "bearer in small letters": lambda key: {"authorization": f"bearer {key}"},
    "X-API-Key": lambda key: {"X-API-Key": key},
    "x-api-key": lambda key: {"x-api-key": key},
    "api-key": lambda key: {"api-key": key},
    "Basic with the key as password": lambda key: basic("anyone", key),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ["/mock/x", "/v1/models", "/api/tags"])
def test_a_key_is_taken_in_every_usual_spelling(front, upstream, way, path):
    assert ask(front.url, "GET", path, WAYS[way](front.client_key)).status == 200
    if path == "/mock/x":
        seen = upstream.at("/x")[-1].request
        assert not {"authorization", "x-api-key", "api-key"} & {name.lower() for name, _ in seen.headers}


@pytest.mark.parametrize("key", ["static-one-0123456789", "static-two-0123456789", "admin-of-the-environment"])
def test_keys_of_the_environment_work(front, key):
    assert ask(front.url, "GET", "/mock/x", bearer(key)).status == 200


def words(kind, body):
    """The message of an error body of that kind; fails when it has another shape."""
    if kind == "openai":
        assert {"message", "type", "param", "code"} <= set(body["error"])
        return body["error"]["message"]
    if kind == "anthropic":
        assert body["type"] == "error" and body["error"]["type"] == "authentication_error"
        return body["error"]["message"]
    if kind == "ollama":
        assert body["detail"] == body["error"]
        return body["error"]
    return body["detail"] if kind == "detail" else body["error"]["message"]


BAD = {
    "no key": {}, "an unknown key": bearer("ahk_unknown"), "a typo": bearer("ahk_" + "0" * 36), "an empty bearer": {"Authorization": "Bearer "},
    "another scheme": {"Authorization": "Digest x"}, "Basic that is no base64": {"Authorization": "Basic ***"},
    "Basic without a colon": {"Authorization": "Basic " + base64.b64encode(b"x").decode()}, "an unknown X-API-Key": {"X-API-Key": "nope"},
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("how", BAD)
def test_without_a_valid_key_the_answer_is_401_in_the_paths_words(front, upstream, path, how):
    before = len(upstream.requests)
    reply = ask(front.url, "GET", path, BAD[how])
    assert reply.status == 401
    message = words(PATHS[path], reply.json())
    assert "key" in message.lower()
    assert reply.get("X-Request-Id") and reply.get("X-Request-Id") in reply.text
    assert reply.get("WWW-Authenticate")
    assert reply.get("Content-Type").startswith("application/json")
    assert len(upstream.requests) == before


def test_a_typo_is_called_one(front):
    wrong = front.client_key[:10] + ("A" if front.client_key[10] != "A" else "B") + front.client_key[11:]
    message = ask(front.url, "GET", "/v1/models", bearer(wrong)).json()["error"]["message"]
    assert message != ask(front.url, "GET", "/v1/models").json()["error"]["message"]
    assert wrong not in message


def test_a_refused_body_is_not_waited_for(front):
    """A 200 MB upload without a key ends at once instead of being read to its end."""
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/mock/x", {"Content-Length": "90000000"}) + b"x" * 1000)
        assert client.response("POST").status == 401


def test_a_small_refused_request_leaves_the_connection_usable(front):
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/v1/chat/completions", {}, CHAT))
        assert client.response("POST").status == 401
        client.send(request_bytes("GET", "/mock/x", bearer(front.client_key)))
        assert client.response().status == 200


def test_a_users_key_is_no_admins(front):
    for path in ("/api/pull", "/api/delete"):
        method = "DELETE" if path.endswith("delete") else "POST"
        reply = ask(front.url, method, path, bearer(front.client_key), b'{"model":"mock"}')
        assert reply.status == 403
        assert "admin" in reply.json()["error"]


def test_with_auth_off_nobody_needs_a_key(gateway, mock):
    front = gateway({"mock": mock.service()}, flags=["--auth", "off"])
    assert ask(front.url, "GET", "/mock/x").status == 200
    assert ask(front.url, "GET", "/v1/models").status == 200
    assert front.wait_access(lambda row: row["request_uri"] == "/mock/x")["user"] == "anonymous"


def test_with_auth_off_a_key_that_is_shown_still_stays_here(gateway, mock):
    front = gateway({"mock": mock.service()}, flags=["--auth", "off"])
    assert ask(front.url, "GET", "/mock/x", {"X-API-Key": front.client_key}).status == 200
    assert mock.at("/x")[-1].request.get("X-API-Key") is None


def test_auth_off_beyond_loopback_wants_insecure(gateway, mock):
    front = gateway.prepare({"mock": mock.service()}, flags=["--auth", "off"], listen="0.0.0.0:0")
    front.start(wait=False)
    assert front.wait() == 2
    assert "--insecure" in front.stderr()
    front.process = None
    front.flags.append("--insecure")
    front.start()
    assert ask(f"127.0.0.1:{front.address.rsplit(':', 1)[1]}", "GET", "/mock/x").status == 200


ORIGIN = {"Origin": "http://app.example"}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat"])
def test_a_preflight_is_answered_without_a_key(front, upstream, path):
    before = len(upstream.requests)
    reply = ask(front.url, "OPTIONS", path, {**ORIGIN, "Access-Control-Request-Method": "POST",
                                             "Access-Control-Request-Headers": "authorization, x-stainless-os"})
    assert reply.status in (200, 204)
    assert reply.get("Access-Control-Allow-Origin") == "*"
    assert "POST" in reply.get("Access-Control-Allow-Methods")
    allowed = reply.get("Access-Control-Allow-Headers").lower()
    assert "authorization" in allowed and ("x-stainless-os" in allowed)
    assert reply.get("Access-Control-Allow-Credentials") is None
    assert len(upstream.requests) == before


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "KEY"}])
def test_a_browser_may_read_answers_and_errors(front, headers):
    reply = ask(front.url, "GET", "/v1/models", {**ORIGIN, **{n: front.client_key for n in headers}})
    assert reply.status == (200 if headers else 401)
    assert reply.all("Access-Control-Allow-Origin") == ["*"]


@pytest.mark.parametrize("path", ["/admin/api/users", "/user/api/me"])
def test_admin_and_user_apis_are_for_no_foreign_page(front, path):
    for method in ("GET", "OPTIONS"):
        reply = ask(front.url, method, path, {**ORIGIN, "Access-Control-Request-Method": "GET"})
        assert reply.get("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize("variable", ["OLLAMA_ORIGINS", "AIHUB_CORS_ORIGINS"])
def test_only_named_origins_are_allowed_when_some_are_named(gateway, mock, variable):
    front = gateway({"mock": mock.service()}, environment={variable: "http://app.example,http://two.example"})
    key = bearer(front.client_key)
    assert ask(front.url, "GET", "/v1/models", {**ORIGIN, **key}).get("Access-Control-Allow-Origin") == "http://app.example"
    other = ask(front.url, "GET", "/v1/models", {"Origin": "http://evil.example", **key})
    assert other.get("Access-Control-Allow-Origin") is None


def test_an_upstreams_own_cors_headers_do_not_double(front, upstream):
    upstream.on("/v1/chat", lambda exchange: exchange.reply(200, b"{}", [("Access-Control-Allow-Origin", "http://app.example")]))
    reply = ask(front.url, "POST", "/v1/chat/completions", {**ORIGIN, **bearer(front.client_key)}, CHAT)
    assert len(reply.all("Access-Control-Allow-Origin")) == 1
