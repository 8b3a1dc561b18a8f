"""What stays at the door, and in whose words: tokens of our making, methods that echo, foreign pages."""
import base64
import json

import pytest
from support.mock_upstream import closed_port
from support.raw import ask, bearer

# ---- tokens of our making never travel

CARRIERS = {
    "bearer": lambda token: bearer(token),
    "X-API-Key": lambda token: {"X-API-Key": token},
    "api-key": lambda token: {"api-key": token},
    "x-goog-api-key": lambda token: {"x-goog-api-key": token},
    "Basic": lambda token: {"Authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()},
}


def unknown_token(gateway, front):
    """Sound, and in another gateway's database only."""
    return gateway.prepare().key("stranger")


def revoked_token(gateway, front):
    token = front.key("leaver", "laptop")
    assert front.keys_command("-d", "leaver", "laptop").returncode == 0
    return token


def mistyped_token(gateway, front):
    token = front.client_key
    return token[:-1] + ("A" if token[-1] != "A" else "B")


TOKENS = {"unknown": unknown_token, "revoked": revoked_token, "mistyped": mistyped_token}


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("auth", ["on", "off"])
def test_a_token_of_ours_reaches_no_server(gateway, mock, auth, token):
    """Neither beside a valid key nor where nobody needs one: somebody may still use it elsewhere, or have meant it for us."""
    front = gateway.prepare({"mock": mock.service()}, flags=["--auth", "off"] if auth == "off" else [])
    secret = TOKENS[token](gateway, front)
    front.start()
    for number, (name, carry) in enumerate(CARRIERS.items()):
        valid = bearer(front.client_key) if name in ("X-API-Key", "api-key", "x-goog-api-key") else {"X-API-Key": front.client_key}
        headers = {**carry(secret), **(valid if auth == "on" else {})}
        for method, path, body in (("GET", f"/mock/x{number}", b""), ("POST", f"/v1/x{number}", b'{"model":"mock"}')):
            assert ask(front.url, method, path, headers, body).status == 200
            arrived = mock.at(path.removeprefix("/mock"))[-1].request
            assert not set(carry(secret).values()) & {value for _, value in arrived.headers}, name


# ---- methods

@pytest.mark.parametrize("path", ["/mock/x", "/v1/chat/completions", "/api/chat", "/healthz", "/"])
def test_trace_is_answered_nowhere(gateway, mock, path):
    """Its echo would show a page the headers that the gateway keeps from it."""
    front = gateway({"mock": mock.service()})
    for headers in ({}, bearer(front.client_key)):
        reply = ask(front.url, "TRACE", path, headers)
        assert reply.status == 405
        assert front.client_key not in reply.text
    assert mock.quiet("/")


# ---- patterns of origins

PATTERN = "http://*a*a*a*a*a*a*a*a*b"


@pytest.mark.parametrize("length", [200, 250, 3000, 12_000])
def test_a_pattern_of_many_stars_answers_at_once(gateway, mock, length):
    front = gateway({"mock": mock.service()}, {"cors_origins": PATTERN})
    origin = "http://" + "a" * (length - 7)
    reply = ask(front.url, "OPTIONS", "/v1/models", {"Origin": origin, "Access-Control-Request-Method": "GET"}, timeout=5)
    assert reply.get("Access-Control-Allow-Origin") is None
    assert ask(front.url, "GET", "/healthz", timeout=5).status == 200


@pytest.mark.parametrize("origin,fits", [
    ("http://aaaaaaaab", True), ("http://xaxaxaxaxaxaxaxaxb", True), ("http://aaaaaaaa", False), ("http://aaaaaaab", False),
    ("https://a.lan:3000", True), ("https://a.b.lan:1", True), ("https://lan:3000", False), ("https://a.lan", False),
    ("exact://name", True), ("exact://names", False), ("an exact://name", False),
])
def test_patterns_fit_what_they_say(gateway, mock, origin, fits):
    front = gateway({"mock": mock.service()}, {"cors_origins": f"{PATTERN},https://*.lan:*,exact://name"})
    reply = ask(front.url, "GET", "/v1/models", {"Origin": origin, **bearer(front.client_key)})
    assert reply.get("Access-Control-Allow-Origin") == (origin if fits else None)


# ---- whose words

def down(kind):
    return {"url": f"http://{closed_port()}", "kind": kind}


@pytest.mark.parametrize("service,message", [
    ("openwebui", lambda body: body["error"]["message"]), ("other", lambda body: body["error"]["message"]),
    ("ollama", lambda body: body["error"]),
])
@pytest.mark.parametrize("path", ["/api/chat", "/api/tags", "/api/v1/auths"])
def test_below_a_prefix_errors_are_in_the_words_of_that_server(gateway, service, message, path):
    """Open WebUI has an /api of its own, which is not Ollama's."""
    front = gateway({"openwebui": down("openwebui"), "ollama": down("ollama"), "other": down("plain")})
    for headers, status in (({}, (401,)), (bearer(front.client_key), (502, 503))):
        reply = ask(front.url, "POST", f"/{service}{path}", headers, json.dumps({"model": "x"}).encode())
        assert reply.status in status
        text = message(reply.json())
        assert isinstance(text, str) and text
