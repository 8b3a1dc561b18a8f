"""One space of models: what they can do by their servers' own answers, other names, and who is asked how often."""
import json

import pytest
from support import processes
from support.raw import ask, bearer

NEVER = {"discovery_interval": "off"}
DIGEST = "a" * 64


def get(front, path, key=True):
    return ask(front.address, "GET", path, bearer(front.client_key) if key else [])


def models(front):
    """The rows of /v1/models by id."""
    return {row["id"]: row for row in get(front, "/v1/models").json()["data"]}


def told(front, model, **wanted):
    """The row of the model, once its server's own answers have come in."""
    def fits():
        row = models(front).get(model, {})
        flat = {**row, **row.get("capabilities", {})}
        return all(flat.get(name) == value for name, value in wanted.items())
    processes.wait_until(fits, f"{model} to be told as {wanted}, not {models(front).get(model)}")
    return models(front)[model]


def answers(mock, path, status=200, **body):
    mock.on(path, lambda exchange: exchange.reply(status, json.dumps(body).encode()))


def tags(*rows):
    return {"models": [{"name": name, "model": name, "digest": digest, "details": {}} for name, digest in rows]}


# ---- what real servers say

def test_llama_cpp_says_how_long_its_context_is_and_that_it_knows_tools(hub):
    row = told(hub, "llama-chain", tools=True)
    assert row["type"] == "text" and row["services"] == ["llama"]
    assert row["context_length"] == 4096  # what each of its four slots was started with
    assert row["capabilities"] == {"text": True, "vision": False, "audio": False, "embedding": False, "tts": False,
                                   "tools": True}


def test_a_name_tells_what_llama_cpp_does_not(hub):
    assert models(hub)["llama-embed"]["type"] == "embedding"


def test_ollama_says_what_its_models_can(hub, ollama_server):
    row = told(hub, "chain:latest", tools=True)
    assert row["context_length"] == 16384 and row["type"] == "text" and row["services"] == ["ollama"]
    # Its list calls this one a model for completions; asked about the model, it knows better.
    row = told(hub, "embed:latest", type="embedding")
    assert row["capabilities"]["embedding"] and row["context_length"] == 16384


def test_both_kinds_of_server_say_that_a_model_sees(servers, module_gateway, ollama_server):
    front = module_gateway({"seer": {"url": servers.seer}, "ollama": {"url": ollama_server, "kind": "ollama"}})
    assert told(front, "llama-seer", vision=True)["type"] == "vision"
    assert told(front, "seer:latest", vision=True)["type"] == "vision"
    assert told(front, "chain:latest", vision=False)["type"] == "text"


def test_speech_servers_have_models_for_speech(hub):
    assert models(hub)["kokoro"]["type"] == "tts"
    shown = get(hub, "/api/models", key=False).json()["models"]
    assert {"id": "llama-chain", "type": "text", "status": "online"} in shown


def test_ollama_clients_see_the_models_of_all_servers(hub):
    rows = {row["name"]: row for row in get(hub, "/api/tags").json()["models"]}
    assert {"llama-chain", "llama-embed", "kokoro"} <= set(rows)
    assert "embedding" in rows["llama-embed"]["capabilities"] and "completion" not in rows["llama-embed"]["capabilities"]
    assert rows["llama-chain"]["details"]["context_length"] == 4096


# ---- names

@pytest.fixture
def two(gateway, new_mock):
    """The model `m` on an OpenAI-shaped server and, with its tag, on an Ollama; each has one of its own, too."""
    one, other = new_mock(["m", "only-one"]), new_mock(kind="ollama")
    answers(other, "/api/tags", **tags(("m:latest", "x"), ("only-other", "y")))

    def start(**settings):
        return gateway({"one": one.service(), "other": other.service()}, {**NEVER, **settings}), one, other
    return start


def chat(front, model):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "x"}]}).encode()
    return ask(front.address, "POST", "/v1/chat/completions", bearer(front.client_key), body)


def test_a_model_of_two_services_is_one(two):
    front, _, _ = two()
    rows = models(front)
    assert sorted(rows) == ["m", "only-one", "only-other"]
    assert rows["m"]["services"] == ["one", "other"]
    assert get(front, "/v1/models/m%3Alatest").json() == rows["m"]
    assert get(front, "/v1/models/other/m").json() == rows["m"]
    assert get(front, "/v1/models/other/only-one").status == 404


def test_an_alias_is_listed_with_its_target(two):
    front, _, _ = two(aliases={"fast": ["gone", "other/m", "m"], "best": "fast", "lost": "gone"})
    rows = models(front)
    assert rows["fast"]["root"] == rows["fast"]["parent"] == "other/m"
    assert rows["best"]["parent"] == "fast"
    assert "lost" not in rows
    assert "fast" in [row["name"] for row in get(front, "/api/tags").json()["models"]]
    assert get(front, "/v1/models/best").json() == rows["best"]


def test_the_configuration_has_the_last_word_and_a_reload_changes_it(two):
    front, _, _ = two(models={"m": {"type": "vision", "context_length": 1234, "tools": True}})
    row = models(front)["m"]
    assert row["type"] == "vision" and row["context_length"] == 1234 and row["capabilities"]["tools"] is True
    front.write_config(models={"m": {"type": "omni"}}, aliases={"a": "m"})
    front.signal(1)
    told(front, "m", type="omni", audio=True)
    assert models(front)["a"]["type"] == "omni"


def test_a_reload_with_an_alias_that_leads_nowhere_is_refused_and_changes_nothing(two):
    front, _, _ = two(aliases={"a": "m"})
    front.write_config(aliases={"a": "b", "b": "a"})
    front.signal(1)
    processes.wait_until(lambda: "it leads back to itself: a → b → a" in front.stderr(), "the reload to be refused")
    assert "config.refused" in front.stderr()
    assert models(front)["a"]["parent"] == "m"


# ---- the list that needs no key

def test_anybody_may_see_which_models_are_there(two):
    front, _, _ = two()
    reply = get(front, "/api/models", key=False)
    assert reply.status == 200
    assert reply.json() == {"models": [{"id": name, "type": "text", "status": "online"} for name in ("m", "only-one", "only-other")]}
    head = ask(front.address, "HEAD", "/api/models")
    assert head.status == 200 and not head.body
    assert get(front, "/user/api/models", key=False).status == 401
    assert get(front, "/user/api/models").json()[0] == {
        "name": "m", "type": "text", "capabilities": models(front)["m"]["capabilities"]}


def test_a_model_whose_server_has_gone_is_offline(gateway, new_mock):
    mock, other = new_mock(), new_mock(["there"])
    answers(mock, "/v1/models", data=[{"id": "m"}])
    front = gateway({"mock": mock.service(), "other": other.service()}, {"discovery_interval": "500ms"})
    status = lambda: {row["id"]: row["status"] for row in get(front, "/api/models", key=False).json()["models"]}
    assert status() == {"m": "online", "there": "online"}
    mock.close()
    processes.wait_until(lambda: status() == {"m": "offline", "there": "online"}, "the model to be offline")


# ---- further questions

def test_ollama_is_asked_once_for_each_digest(gateway, new_mock):
    mock, clock = new_mock(kind="ollama"), new_mock()
    answers(mock, "/api/tags", **tags(("a", DIGEST), ("copy", DIGEST), ("b", "b" * 64)))
    answers(mock, "/api/show", capabilities=["completion", "vision"], model_info={
        "general.architecture": "x", "x.context_length": 99})
    front = gateway({"mock": mock.service(), "clock": clock.service()}, {"discovery_interval": "500ms"})
    for name in ("a", "copy", "b"):
        told(front, name, type="vision", context_length=99, tools=False)
    mock.wait_for("/api/tags", len(mock.at("/api/tags")) + 3)
    shown = [json.loads(exchange.request.body)["model"] for exchange in mock.at("/api/show")]
    assert sorted(shown) == ["a", "b"]


def test_a_question_that_hangs_delays_no_list(gateway, new_mock):
    mock = new_mock(kind="ollama")
    answers(mock, "/api/tags", **tags(("a", DIGEST)))
    mock.on("/api/show", lambda exchange: exchange.wait_gone())
    front = gateway({"mock": mock.service()}, {"discovery_timeout": "1h", **NEVER})
    assert models(front)["a"]["type"] == "text"
    mock.wait_partial("/api/show")
    assert chat(front, "missing").status == 404  # a round of its own, with the question still open


def test_no_more_than_four_questions_are_open(gateway, new_mock):
    mock = new_mock(kind="ollama")
    answers(mock, "/api/tags", **tags(*((f"m{i}", f"{i}" * 64) for i in range(8))))
    mock.on("/api/show", lambda exchange: exchange.wait_gone())
    front = gateway({"mock": mock.service()}, {"discovery_timeout": "1h", **NEVER})
    assert len(models(front)) == 8
    mock.wait_for("/api/show", 4)
    assert chat(front, "missing").status == 404  # time enough for a fifth
    assert len(mock.at("/api/show")) == 4


def test_a_server_that_knows_no_such_question_is_not_asked_again(gateway, new_mock):
    mock = new_mock(kind="ollama")
    answers(mock, "/api/tags", **tags(("llava", DIGEST)))
    answers(mock, "/api/show", status=404, error="no")
    front = gateway({"mock": mock.service()}, {"discovery_interval": "500ms"})
    mock.wait_for("/api/tags", 4)
    assert models(front)["llava"]["type"] == "vision"  # by its name
    assert len(mock.at("/api/show")) == 1
    health = ask(front.address, "GET", "/health", bearer(front.admin_key())).json()
    assert "trouble" not in health["services"]["mock"]["upstreams"][0]


def test_lm_studio_says_which_models_are_loaded_and_what_they_can(gateway, new_mock):
    mock = new_mock()
    answers(mock, "/v1/models", data=[{"id": name, "owned_by": "organization_owner"} for name in ("cold", "warm")])
    answers(mock, "/api/v0/models", data=[
        {"id": "cold", "type": "vlm", "state": "not-loaded", "max_context_length": 4096},
        {"id": "warm", "type": "llm", "state": "loaded", "loaded_context_length": 512, "capabilities": ["tool_use"]}])
    front = gateway({"mock": mock.service()}, NEVER)
    told(front, "cold", type="vision", context_length=4096, tools=None)
    told(front, "warm", type="text", context_length=512, tools=True)


def test_servers_that_do_not_show_what_they_are_get_no_further_questions(gateway, new_mock):
    mock = new_mock()
    answers(mock, "/v1/models", data=[{"id": "m", "owned_by": "vllm", "max_model_len": 777}])
    front = gateway({"mock": mock.service()}, {"discovery_interval": "500ms"})
    mock.wait_for("/v1/models", 3)
    assert models(front)["m"]["context_length"] == 777
    assert {exchange.path for exchange in mock.requests} == {"/v1/models"}
