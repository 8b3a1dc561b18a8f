"""The official Ollama Python client against Ollama: directly, through BASE_PATH, through the prefix."""
import base64
import json
import threading

import httpx
import ollama
import pytest
from support.places import CITY_SCHEMA, PIXEL, PLACES, SENTENCE, WEATHER, plain_base

ASK = [{"role": "user", "content": "Say hello"}]
pytestmark = pytest.mark.usefixtures("ollama_server")


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


def client_at(place, hub, servers, **more):
    return ollama.Client(host=plain_base(place, hub, servers, "ollama"), headers={"Authorization": f"Bearer {hub.client_key}"},
                         **more)


@pytest.fixture
def client(place, hub, servers):
    return client_at(place, hub, servers)


def test_models_are_listed(client):
    assert {"chain:latest", "embed:latest"} <= {model.model for model in client.list().models}


def test_chat_answers(client):
    answer = client.chat(model="chain", messages=ASK)
    assert answer.message.content == SENTENCE
    assert answer.done and answer.eval_count > 0


def test_chat_streams_the_same_words(client):
    pieces = list(client.chat(model="chain", messages=ASK, stream=True))
    assert "".join(piece.message.content for piece in pieces) == SENTENCE
    assert pieces[-1].done and len(pieces) > 10


def test_generate_answers_and_streams(client):
    whole = client.generate(model="chain", prompt="Say hello").response
    assert whole == SENTENCE
    assert "".join(piece.response for piece in client.generate(model="chain", prompt="Say hello", stream=True)) == whole


def test_tools_are_called(client):
    call = client.chat(model="chain", messages=ASK, tools=[WEATHER]).message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert "city" in call.function.arguments


def test_structured_output_obeys_its_schema(client):
    answer = client.chat(model="chain", messages=ASK, format=CITY_SCHEMA, options={"num_predict": 200})
    assert set(json.loads(answer.message.content)) == {"city", "ok"}


def test_an_image_gets_the_answer_that_the_server_gives(hub, servers, place):
    message = {"role": "user", "content": "What is this?", "images": [base64.b64decode(PIXEL)]}

    def outcome(where):
        try:
            return client_at(where, hub, servers).chat(model="seer", messages=[message]).message.content
        except ollama.ResponseError as error:
            return error.status_code, error.error

    assert outcome(place) == outcome("direct")


def test_embeddings_come_in_both_forms(client):
    assert len(client.embed(model="embed", input=["abc", "xyz"]).embeddings) == 2
    assert len(client.embeddings(model="embed", prompt="abc").embedding) > 10


def test_a_model_is_shown(client):
    assert client.show("chain").details.format == "gguf"


def test_running_models_are_listed(client):
    client.chat(model="chain", messages=ASK)
    assert "chain:latest" in [model.model for model in client.ps().models]


def test_a_model_that_nobody_has_is_not_found(client):
    with pytest.raises(ollama.ResponseError) as caught:
        client.chat(model="no-such-model", messages=ASK)
    assert caught.value.status_code == 404
    assert "no-such-model" in caught.value.error


@pytest.mark.parametrize("where", ["root", "prefix"])
def test_a_wrong_key_is_refused_in_ollamas_words(hub, servers, where):
    client = ollama.Client(host=plain_base(where, hub, servers, "ollama"), headers={"Authorization": "Bearer ahk_wrong"})
    with pytest.raises(ollama.ResponseError) as caught:
        client.chat(model="chain", messages=ASK)
    assert caught.value.status_code == 401
    assert "key" in caught.value.error


def test_the_clients_timeout_is_felt_by_the_server(gateway, new_mock):
    mock = new_mock(models=["mock"], kind="ollama")
    gone = threading.Event()
    mock.on("/api/chat", lambda exchange: exchange.wait_gone() and gone.set())
    hub = gateway({"mock": mock.service()})
    client = ollama.Client(host=hub.url, headers={"Authorization": f"Bearer {hub.client_key}"}, timeout=0.5)
    with pytest.raises(httpx.TimeoutException):
        client.chat(model="mock", messages=ASK)
    assert gone.wait(10), "the upstream's connection stayed open after the client had given up"


def test_a_stream_that_is_left_is_cancelled_at_the_server(gateway, new_mock):
    mock = new_mock(models=["mock"], kind="ollama")
    gone = threading.Event()

    def talk_until_gone(exchange):
        exchange.start_chunks("application/x-ndjson")
        exchange.chunk(b'{"model":"mock","message":{"role":"assistant","content":"x"},"done":false}\n')
        if exchange.wait_gone():
            gone.set()

    mock.on("/api/chat", talk_until_gone)
    hub = gateway({"mock": mock.service()})
    stream = ollama.Client(host=hub.url, headers={"Authorization": f"Bearer {hub.client_key}"}).chat(
        model="mock", messages=ASK, stream=True)
    assert next(stream).message.content == "x"
    stream.close()
    assert gone.wait(10), "the upstream's connection stayed open after the client had left"


def test_another_base_path_moves_ollamas_api(gateway, servers):
    hub = gateway({"ollama": {"url": servers.ollama, "kind": "ollama"}}, {"base_path": "/my"})
    reply = httpx.get(hub.url + "/my/tags", headers={"Authorization": f"Bearer {hub.client_key}"})
    assert "chain:latest" in [model["name"] for model in reply.json()["models"]]
    assert httpx.get(hub.url + "/api/tags", headers={"Authorization": f"Bearer {hub.client_key}"}).status_code == 404
