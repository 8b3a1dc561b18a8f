"""Limits of tiers, users, keys and models: exactly as many pass as may, on every path, and a refusal costs nothing."""
import json
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import processes
from support.mock_upstream import wait_event
from support.raw import Connection, ask, bearer, request_bytes

CHAT = "/v1/chat/completions"
BODY = json.dumps({"model": "mock", "messages": [{"role": "user", "content": "hi"}]}).encode()
REPLY = json.dumps({"choices": [], "usage": {"prompt_tokens": 200, "completion_tokens": 50}}).encode()
TEAM = {"team": {"requests_per_minute": 3}}

# Every kind of path that leads to a server, and the body that gets there.
PATHS = {
    "openai": (CHAT, BODY),
    "completions": ("/v1/completions", b'{"model":"mock","prompt":"hi"}'),
    "responses": ("/v1/responses", b'{"model":"mock","input":"hi"}'),
    "anthropic": ("/v1/messages", b'{"model":"mock","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'),
    "embeddings": ("/v1/embeddings", b'{"model":"mock","input":"hi"}'),
    "ollama chat": ("/api/chat", b'{"model":"mock","stream":false,"messages":[{"role":"user","content":"hi"}]}'),
    "ollama generate": ("/api/generate", b'{"model":"mock","stream":false,"prompt":"hi"}'),
    "prefix": ("/mock/v1/chat/completions", BODY),
    "speech": ("/v1/audio/speech", b'{"model":"mock","input":"hi","voice":"a"}'),
}


def post(front, key, path=CHAT, body=BODY, **more):
    return ask(front.address, "POST", path, bearer(key), body, **more)


@pytest.fixture
def quick(mock):
    """Answers everything at once."""
    mock.on("/", lambda exchange: exchange.reply(200, REPLY, [("Content-Type", "application/json")]))
    return mock


@pytest.mark.parametrize("name", PATHS)
def test_a_limit_holds_on_every_path(gateway, quick, name):
    path, body = PATHS[name]
    front = gateway({"mock": quick.service(apis=["chat", "completions", "messages", "responses", "embeddings"])}, {"tiers": TEAM})
    key = front.ready_key("bob", "--tier", "team")
    statuses = [post(front, key, path, body).status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refusal = post(front, key, path, body)
    assert 1 <= int(refusal.get("Retry-After")) <= 60
    assert "3 requests a minute" in refusal.text


def test_with_64_connections_exactly_as_many_pass_as_the_limit_says(gateway, quick):
    front = gateway({"mock": quick.service()}, {"tiers": {"team": {"requests_per_minute": 100}}, "threads": 4})
    key = front.ready_key("bob", "--tier", "team")
    request = request_bytes("POST", CHAT, bearer(key), BODY, host=front.address)

    def hammer(_):
        with Connection(front.address) as client:
            statuses = []
            for _ in range(8):
                client.send(request)
                statuses.append(client.response("POST").status)
            return statuses

    with ThreadPoolExecutor(64) as pool:
        statuses = [status for each in pool.map(hammer, range(64)) for status in each]
    assert statuses.count(200) == 100
    assert statuses.count(429) == 64 * 8 - 100
    assert len(quick.at(CHAT)) == 100


def test_headers_tell_what_is_left(gateway, quick):
    front = gateway({"mock": quick.service()}, {"tiers": {"team": {"requests_per_minute": 3, "tokens_per_minute": 400}}, "threads": 1})
    key = front.ready_key("bob", "--tier", "team")
    first, second = post(front, key), post(front, key)
    assert [first.get("x-ratelimit-limit-requests"), first.get("x-ratelimit-remaining-requests")] == ["3", "2"]
    assert first.get("x-ratelimit-limit-tokens") == "400" and first.get("x-ratelimit-remaining-tokens") == "400"
    assert second.get("x-ratelimit-remaining-tokens") == "150"
    assert second.get("x-ratelimit-reset-requests").endswith("s")
    refused = post(front, key)  # 500 tokens are used
    assert refused.status == 429 and "400 tokens a minute" in refused.text
    assert refused.get("x-ratelimit-remaining-tokens") == "0"
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert refused.get("x-ratelimit-remaining-requests") == "1"  # a refusal takes none


def test_who_has_no_limits_hears_of_none(gateway, quick):
    front = gateway({"mock": quick.service()})
    for key in (front.client_key, front.admin_key()):
        reply = post(front, key)
        assert reply.status == 200 and reply.get("x-ratelimit-limit-requests") is None


def test_a_request_that_the_gateway_refuses_is_not_counted(gateway, quick):
    front = gateway({"mock": quick.service()}, {"tiers": TEAM})
    key = front.ready_key("bob", "--tier", "team")
    for _ in range(5):
        assert post(front, key, body=b'{"model":"nobody-has-it","messages":[]}').status == 404
        assert post(front, key, body=b"no json").status == 400
    assert [post(front, key).status for _ in range(4)] == [200, 200, 200, 429]


def test_what_no_model_has_to_work_for_is_not_limited(gateway, quick):
    front = gateway({"mock": quick.service()}, {"tiers": {"team": {"requests_per_minute": 0}}})
    key = front.ready_key("bob", "--tier", "team")
    assert post(front, key).status == 429
    for path in ("/v1/models", "/api/tags", "/user/api/models", "/mock/v1/models"):
        assert ask(front.address, "GET", path, bearer(key)).status == 200


def test_requests_at_once_are_limited_until_one_ends(gateway, mock):
    go = threading.Event()
    mock.on(CHAT, lambda exchange: (wait_event(go), exchange.reply(200, REPLY)))
    front = gateway({"mock": mock.service()}, {"tiers": {"team": {"max_concurrent": 1}}})
    key = front.ready_key("bob", "--tier", "team")
    with Connection(front.address) as waiting:
        waiting.send(request_bytes("POST", CHAT, bearer(key), BODY))
        mock.wait_for(CHAT)
        refused = post(front, key)
        assert refused.status == 429 and "1 requests at once" in refused.text
        go.set()
        assert waiting.response("POST").status == 200
    assert post(front, key).status == 200


def test_a_client_that_leaves_frees_its_place(gateway, mock):
    mock.on(CHAT, lambda exchange: exchange.wait_gone())
    front = gateway({"mock": mock.service()}, {"tiers": {"team": {"max_concurrent": 1}}})
    key = front.ready_key("bob", "--tier", "team")
    with Connection(front.address) as leaving:
        leaving.send(request_bytes("POST", CHAT, bearer(key), BODY))
        mock.wait_for(CHAT)
    mock.on(CHAT, lambda exchange: exchange.reply(200, REPLY))
    processes.wait_until(lambda: post(front, key).status == 200, "the place to be free")


def test_a_keys_own_limit_is_a_second_window(gateway, quick):
    front = gateway({"mock": quick.service()}, {"tiers": TEAM})
    narrow = front.ready_key("bob", "narrow", "--tier", "team", "--requests-per-minute", "1")
    wide = front.ready_key("bob", "wide")
    assert [post(front, narrow).status for _ in range(2)] == [200, 429]
    assert "this API key may make 1 requests" in post(front, narrow).text
    assert [post(front, wide).status for _ in range(3)] == [200, 200, 429]


def test_a_models_limit_is_one_for_each_user(gateway, new_mock):
    server = new_mock(models=["mock", "other"])
    server.on("/", lambda exchange: exchange.reply(200, REPLY))
    front = gateway({"mock": server.service()}, {"models": {"mock": {"requests_per_minute": 1}}, "tiers": {"team": {}}})
    bob, eve = front.ready_key("bob", "--tier", "team"), front.ready_key("eve", "--tier", "team")
    other = BODY.replace(b"mock", b"other")
    assert [post(front, bob).status, post(front, bob).status, post(front, bob, body=other).status] == [200, 429, 200]
    assert post(front, eve).status == 200


def test_models_of_a_key_are_all_that_it_may_use(gateway, new_mock):
    server = new_mock(models=["small-1", "small-2", "big"])
    server.on("/", lambda exchange: exchange.reply(200, REPLY))
    front = gateway({"mock": server.service()}, {"aliases": {"fast": "small-1", "slow": "big"}})
    key = front.ready_key("bob", "--models", "small-*")

    def status(model, path=CHAT):
        return post(front, key, path, BODY.replace(b"mock", model.encode())).status

    assert [status(model) for model in ("small-1", "small-2", "fast", "big", "slow")] == [200, 200, 200, 403, 403]
    assert [status(model, "/mock" + CHAT) for model in ("small-1", "big")] == [200, 403]
    refused = post(front, key, body=BODY.replace(b"mock", b"big"))
    assert refused.json()["error"]["code"] == "model_not_allowed" and "small-*" in refused.text


@pytest.mark.parametrize("name", PATHS)
def test_without_balance_every_path_answers_402_in_its_dialect(gateway, quick, name):
    path, body = PATHS[name]
    front = gateway({"mock": quick.service(apis=["chat", "completions", "messages", "responses", "embeddings"])})
    key = front.ready_key("bob", "--tier", "payg")
    refusal = post(front, key, path, body)
    assert refusal.status == 402 and refusal.get("x-should-retry") == "false"
    assert "nsufficient balance" in refusal.text
    if name in ("openai", "prefix", "embeddings"):
        error = refusal.json()["error"]
        assert (error["type"], error["code"]) == ("insufficient_quota", "insufficient_quota")
    assert not quick.at("/v1/")


def test_a_balance_is_used_up_and_added_to(gateway, quick):
    front = gateway({"mock": quick.service()}, {"rate_limits": {"payg": 1000}, "pricing": {"input_per_1k": 1, "output_per_1k": 2}})
    key = front.ready_key("bob", "--tier", "payg", "--balance", "0.50")
    # 200 tokens in and 50 out are 0.2 + 0.1: the second request begins with 0.2 and may end below 0.
    assert [post(front, key).status for _ in range(2)] == [200, 200]
    processes.wait_until(lambda: post(front, key).status == 402, "the balance to be spent", 5)
    assert front.keys_command("balance", "add", "bob", "1").returncode == 0
    processes.wait_until(lambda: post(front, key).status == 200, "the new balance to be known", 5)


def test_a_budget_of_a_key_ends(gateway, quick):
    front = gateway({"mock": quick.service()}, {"pricing": {"input_per_1k": 1, "output_per_1k": 2}})
    key = front.ready_key("bob", "--budget", "0.5")
    assert [post(front, key).status for _ in range(2)] == [200, 200]
    # What a reply cost is known a moment after its last byte.
    processes.wait_until(lambda: post(front, key).status == 402, "the budget to be spent", 5)
    assert "budget of 0.50" in post(front, key).text


def test_settings_of_tiers_take_effect_without_a_restart(gateway, quick):
    front = gateway({"mock": quick.service()}, {"tiers": TEAM})
    key = front.ready_key("bob", "--tier", "team")
    assert [post(front, key).status for _ in range(4)] == [200, 200, 200, 429]
    front.write_config(tiers={"team": {"requests_per_minute": 5}})
    front.signal(signal.SIGHUP)
    processes.wait_until(lambda: post(front, key).status == 200, "the new limit")


def test_what_is_wrong_in_the_tiers_is_named(gateway):
    prepared = gateway.prepare()
    prepared.write_config(tiers={"team": {"requests_per_minute": "many", "wieght": 3}})
    checked = processes.run([*prepared.command(), "--check-config"], env=prepared.environment, cwd=prepared.folder)
    assert checked.returncode == 2
    assert "tiers.team.requests_per_minute" in checked.stderr and "did you mean tiers.team.weight?" in checked.stderr


def test_speech_is_priced_by_its_characters(gateway, new_mock):
    server = new_mock(kind="speech")
    server.on("/v1", lambda exchange: exchange.reply(200, bytes(4000), [("Content-Type", "audio/wav")]))
    front = gateway({"tts": server.service()}, {"pricing": {"speech_per_1k_characters": 10}})
    key = front.ready_key("bob", "--balance", "1")
    spoken = json.dumps({"model": "tts-1", "voice": "a", "input": "Grüße"}, ensure_ascii=False).encode()
    assert post(front, key, "/v1/audio/speech", spoken).status == 200
    row = front.wait_access(lambda row: row["request_uri"] == "/v1/audio/speech")
    assert (row["characters"], row["cost_micro"], row["charged"]) == (5, 50_000, True)
    assert row["tokens_out"] in (None, 0) and "estimated" not in row
