"""The APIs at the root: one list of models, each request to a server that has its model."""
import json
import threading

import pytest
from support import processes
from support.raw import ask, bearer, request_bytes, Connection


def get(front, path, key=None):
    return ask(front.url, "GET", path, bearer(key or front.client_key))


def post(front, path, document, key=None, method="POST"):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return ask(front.url, method, path, {**bearer(key or front.client_key), "Content-Type": "application/json"}, body)


def listing(*models):
    return json.dumps({"object": "list", "data": [{"id": m, "object": "model", "created": 1, "owned_by": "x"} for m in models]}).encode()


def tags(*models):
    return json.dumps({"models": [{"name": m, "model": m, "size": 1, "digest": "d", "details": {}} for m in models]}).encode()


# ---- one list, of real servers

def test_openais_list_holds_the_models_of_all(hub, servers):
    reply = get(hub, "/v1/models")
    rows = reply.json()
    assert rows["object"] == "list"
    ids = [row["id"] for row in rows["data"]]
    assert {"llama-chain", "llama-embed", "llama-keyed", "kokoro", "whisper-1"} <= set(ids)
    assert len(ids) == len(set(ids))
    assert all(row["object"] == "model" and isinstance(row["created"], int) and row["owned_by"] for row in rows["data"])
    if servers.ollama:
        assert "chain:latest" in ids


def test_each_listed_model_is_described_alone(hub):
    for row in get(hub, "/v1/models").json()["data"]:
        assert get(hub, f"/v1/models/{row['id']}").json() == row
    missing = get(hub, "/v1/models/nobody")
    assert missing.status == 404
    assert missing.json()["error"]["code"] == "model_not_found"


def test_ollamas_list_holds_the_models_of_all(hub, ollama_server):
    rows = get(hub, "/api/tags").json()["models"]
    names = {row["name"] for row in rows}
    assert {"chain:latest", "embed:latest", "llama-chain"} <= names
    own = next(row for row in json.loads(ask(ollama_server, "GET", "/api/tags").body)["models"] if row["name"] == "chain:latest")
    assert next(row for row in rows if row["name"] == "chain:latest") == own
    assert all({"name", "model", "modified_at", "size", "digest", "details"} <= set(row) for row in rows)


def test_ollamas_version_and_running_models_are_told(hub, ollama_server):
    assert get(hub, "/api/version").json() == ask(ollama_server, "GET", "/api/version").json()
    post(hub, "/api/generate", {"model": "chain", "prompt": "x", "stream": False})
    assert "chain:latest" in [row["name"] for row in get(hub, "/api/ps").json()["models"]]


def test_a_model_is_found_with_and_without_latest(hub, ollama_server):
    for name in ("chain", "chain:latest"):
        assert post(hub, "/api/show", {"model": name}).status == 200
        assert post(hub, "/api/show", {"name": name}).status == 200


@pytest.mark.parametrize("model", ["kokoro", "tts-1", "any-voice-model"])
def test_speech_goes_to_a_speech_service_whatever_the_model(hub, model):
    reply = post(hub, "/v1/audio/speech", {"model": model, "input": "hello", "voice": "rms", "response_format": "wav"})
    assert reply.status == 200
    assert reply.body[:4] == b"RIFF"


@pytest.mark.parametrize("path", ["/v1/audio/transcriptions"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("model", ["whisper-1", "no-such-recogniser"])
def test_a_recording_goes_to_a_recogniser_wherever_the_model_stands(hub, path, order, model):
    speech = post(hub, "/v1/audio/speech", {"model": "kokoro", "input": "hello world", "voice": "rms", "response_format": "wav"}).body
    field = f'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n{model}\r\n'.encode()
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n' + speech + b"\r\n"
    body = (field + file, file + field)[order] + b"--b--\r\n"
    reply = ask(hub.url, "POST", path, {**bearer(hub.client_key), "Content-Type": "multipart/form-data; boundary=b"}, body)
    assert reply.status == 200
    assert "hello" in reply.json()["text"]


# ---- finding the server that has the model

def test_a_model_that_appears_later_is_found_at_once(gateway, new_mock):
    mock = new_mock()
    models = ["one"]
    mock.on("/v1/models", lambda exchange: exchange.reply(200, listing(*models)))
    front = gateway({"mock": {"url": mock.url, "kind": "openai"}}, {"discovery_interval": "1h"})
    assert post(front, "/v1/chat/completions", {"model": "one"}).status == 200
    assert post(front, "/v1/chat/completions", {"model": "two"}).status == 404
    models.append("two")
    processes.wait_until(lambda: post(front, "/v1/chat/completions", {"model": "two"}).status == 200, "a miss to ask anew", 5)
    assert "two" in [row["id"] for row in get(front, "/v1/models").json()["data"]]


def test_a_model_that_went_away_is_no_longer_listed(gateway, new_mock):
    mock = new_mock()
    models = ["one", "two"]
    mock.on("/v1/models", lambda exchange: exchange.reply(200, listing(*models)))
    front = gateway({"mock": {"url": mock.url, "kind": "openai"}}, {"discovery_interval": "100ms"})
    processes.wait_until(lambda: len(get(front, "/v1/models").json()["data"]) == 2, "both models")
    models.remove("two")
    processes.wait_until(lambda: len(get(front, "/v1/models").json()["data"]) == 1, "one model to go")


def test_misses_do_not_storm_the_servers(gateway, new_mock):
    mock = new_mock()
    mock.on("/v1/models", lambda exchange: exchange.reply(200, listing("one")))
    front = gateway({"mock": {"url": mock.url, "kind": "openai"}}, {"discovery_interval": "1h"})
    assert post(front, "/v1/chat/completions", {"model": "one"}).status == 200
    before = len(mock.at("/v1/models"))
    threads = [threading.Thread(target=post, args=(front, "/v1/chat/completions", {"model": f"none-{n}"})) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mock.at("/v1/models")) - before < 25


def test_a_server_that_never_answers_delays_nobody_else(gateway, new_mock):
    """The silent one is asked for its list too; requests for the other's model do not wait for it."""
    silent, good = new_mock(), new_mock(models=["good"])
    silent.on("/", lambda exchange: exchange.wait_gone())
    front = gateway({"silent": {"url": silent.url, "kind": "openai"}, "good": good.service()}, {"discovery_timeout": "1h"})
    assert post(front, "/v1/chat/completions", {"model": "good"}).status == 200
    assert get(front, "/readyz").status == 200


def test_ollamas_own_list_is_asked_for_where_the_kind_says_so(gateway, new_mock):
    mock = new_mock()
    mock.on("/api/tags", lambda exchange: exchange.reply(200, tags("x:latest", "y:7b")))
    front = gateway({"mock": {"url": mock.url, "kind": "ollama"}})
    assert post(front, "/api/chat", {"model": "y:7b"}).status == 200
    assert post(front, "/v1/chat/completions", {"model": "x"}).status == 200
    assert get(front, "/v1/models/x:latest").json()["id"] == "x:latest"


def test_the_least_busy_server_is_chosen(gateway, new_mock):
    release = threading.Event()
    mocks = [new_mock(models=["m"]) for _ in range(3)]
    for mock in mocks:
        mock.on("/v1/chat", lambda exchange: release.wait(20) and exchange.reply(200, b"{}"))
    front = gateway({f"m{n}": mock.service() for n, mock in enumerate(mocks)})
    clients = [Connection(front.url) for _ in range(9)]
    for number, client in enumerate(clients):
        client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), b'{"model":"m"}'))
        processes.wait_until(lambda: sum(len(m.at("/v1/chat")) for m in mocks) == number + 1, "the request to arrive")
    assert [len(mock.at("/v1/chat")) for mock in mocks] == [3, 3, 3]
    release.set()
    for client in clients:
        assert client.response().status == 200
        client.close()


BODIES = {
    "no body": b"", "no JSON": b"hello", "half of JSON": b'{"model": "mo', "no model": b'{"messages": []}',
    "a model that is no text": b'{"model": 7}', "a list": b'["model", "mock"]', "a model within": b'{"x": {"model": "mock"}}',
    "an empty model": b'{"model": ""}', "bytes that are no UTF-8": b'{"model": "\xff\xfe"}',
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat"])
def test_a_body_that_names_no_model_is_refused_with_a_reason(gateway, mock, name, path):
    front = gateway({"mock": mock.service()})
    reply = post(front, path, BODIES[name])
    assert reply.status in ((400, 404) if "UTF-8" in name else (400,))
    error = reply.json()["error"]
    assert "model" in (error if isinstance(error, str) else error["message"]) or "JSON" in reply.text
    assert mock.quiet(path)


@pytest.mark.parametrize("body", [
    b'{"messages":[{"content":"\\"model\\":\\"other\\""}],"model":"mock"}',
    b'{"a":{"model":"other"},"model":"mock"}', b'{"a":["model","other"],"model" :\t"mock"}', b'{"mod\\u0065l":"mock"}',
    b'{"messages":"' + b"x" * 2_000_000 + b'","model":"mock"}',
])
def test_the_model_is_found_wherever_it_stands(gateway, mock, body):
    front = gateway({"mock": mock.service()})
    assert post(front, "/v1/chat/completions", body).status == 200
    assert mock.at("/v1/chat")[0].request.body == body


def test_a_path_that_is_not_there_is_not_found_in_its_words(gateway, mock):
    front = gateway({"mock": mock.service()})
    assert get(front, "/v1/nothing").status in (400, 404)
    assert isinstance(get(front, "/api/nothing").json()["error"], str)
    assert get(front, "/api/nothing").status in (400, 404)
    assert get(front, "/nothing").status == 404


MUTATING = [("POST", "/api/pull"), ("POST", "/api/create"), ("DELETE", "/api/delete"), ("POST", "/api/push"),
            ("POST", "/api/copy"), ("POST", "/api/blobs/sha256:" + "0" * 64), ("HEAD", "/api/blobs/sha256:" + "0" * 64)]


@pytest.mark.parametrize("method,path", MUTATING)
def test_verbs_that_change_models_are_for_admins(gateway, new_mock, method, path):
    mock = new_mock(models=["mock"], kind="ollama")
    front = gateway({"mock": mock.service()})
    request = request_bytes(method, path, bearer(front.client_key), b'{"model":"new","source":"mock","destination":"n"}')
    with Connection(front.url) as client:
        client.send(request)
        assert client.response(method).status == 403
    assert mock.quiet(path)
    with Connection(front.url) as client:
        client.send(request.replace(front.client_key.encode(), front.admin_key().encode()))
        assert client.response(method).status == 200
    assert mock.at(path)[0].request.body == b'{"model":"new","source":"mock","destination":"n"}'


def test_an_admin_copies_and_deletes_a_real_model(hub, ollama_server):
    admin = hub.admin_key()
    assert post(hub, "/api/copy", {"source": "chain", "destination": "copied"}, admin).status == 200
    assert "copied:latest" in [row["name"] for row in ask(ollama_server, "GET", "/api/tags").json()["models"]]
    assert post(hub, "/api/delete", {"model": "copied"}, admin, method="DELETE").status == 200
    assert "copied:latest" not in [row["name"] for row in ask(ollama_server, "GET", "/api/tags").json()["models"]]
