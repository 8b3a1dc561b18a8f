"""The official OpenAI Python client against llama.cpp: directly, through the root, through a prefix."""
import json
import threading

import openai
import pytest
from support import processes
from support.mock_upstream import sse
from support.places import CITY_SCHEMA, PIXEL, PLACES, SENTENCE, WEATHER, openai_base
from support.raw import ask

ASK = [{"role": "user", "content": "Say hello"}]


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


@pytest.fixture
def client_for(place, hub, servers):
    made = []

    def make(service="llama", **more):
        made.append(openai.OpenAI(base_url=openai_base(place, hub, servers, service), api_key=hub.client_key,
                                  max_retries=0, **more))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(client_for):
    return client_for()


def test_models_are_listed(client):
    assert "llama-chain" in [model.id for model in client.models.list()]


def test_chat_answers(client):
    answer = client.chat.completions.create(model="llama-chain", messages=ASK)
    assert answer.choices[0].message.content == SENTENCE
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens > 0


def test_chat_streams_the_same_words(client):
    pieces = [chunk.choices[0].delta.content for chunk in
              client.chat.completions.create(model="llama-chain", messages=ASK, stream=True)]
    assert "".join(piece for piece in pieces if piece) == SENTENCE
    assert len(pieces) > 10


def test_a_stream_tells_its_usage_when_asked(client):
    chunks = list(client.chat.completions.create(model="llama-chain", messages=ASK, stream=True,
                                                 stream_options={"include_usage": True}))
    assert chunks[-1].usage.completion_tokens > 0


def test_a_stream_that_did_not_ask_for_usage_has_no_trace_of_it(client, place):
    with client.chat.completions.with_streaming_response.create(model="llama-chain", messages=ASK, stream=True) as reply:
        events = [json.loads(line[6:]) for line in reply.iter_lines() if line.startswith("data: {")]
    assert events and not any("usage" in event for event in events)


def test_tools_are_called_and_their_results_read(client):
    first = client.chat.completions.create(model="llama-chain", messages=ASK, tools=[WEATHER])
    call = first.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert "city" in json.loads(call.function.arguments)
    second = client.chat.completions.create(model="llama-chain", tools=[WEATHER], messages=[
        *ASK, first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}])
    assert second.choices[0].message.content.strip()


def test_tool_calls_stream(client):
    with client.chat.completions.stream(model="llama-chain", messages=ASK, tools=[WEATHER]) as stream:
        final = stream.get_final_completion()
    assert "city" in json.loads(final.choices[0].message.tool_calls[0].function.arguments)


def test_structured_output_obeys_its_schema(client):
    answer = client.chat.completions.create(model="llama-chain", messages=ASK, max_tokens=200, response_format={
        "type": "json_schema", "json_schema": {"name": "city", "schema": CITY_SCHEMA, "strict": True}})
    assert set(json.loads(answer.choices[0].message.content)) == {"city", "ok"}


def test_completions_answer(client):
    assert client.completions.create(model="llama-chain", prompt="assistant", max_tokens=5).choices[0].text


def test_embeddings_tell_texts_apart(client_for):
    client = client_for("embed")
    answer = client.embeddings.create(model="llama-embed", input=["abc", "abd", "XYZ"])
    a, b, c = (row.embedding for row in answer.data)
    dot = lambda x, y: sum(p * q for p, q in zip(x, y))
    assert dot(a, b) > dot(a, c)


def test_responses_answer(client):
    assert client.responses.create(model="llama-chain", input="Say hello").output_text == SENTENCE


def test_responses_stream(client):
    events = list(client.responses.create(model="llama-chain", input="Say hello", stream=True))
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == SENTENCE
    assert events[-1].type == "response.completed"


def test_an_image_gets_the_answer_that_the_server_gives(hub, servers, place):
    content = [{"type": "text", "text": "What is this?"},
               {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]

    def outcome(where):
        with openai.OpenAI(base_url=openai_base(where, hub, servers, "seer"), api_key=hub.client_key, max_retries=0) as client:
            try:
                reply = client.chat.completions.create(model="llama-seer", messages=[{"role": "user", "content": content}])
                return reply.choices[0].message.content
            except openai.APIStatusError as error:
                return error.status_code, error.body

    assert outcome(place) == outcome("direct")


def test_a_wrong_request_gets_the_servers_own_error(hub, servers, place):
    def outcome(where):
        with openai.OpenAI(base_url=openai_base(where, hub, servers, "llama"), api_key=hub.client_key, max_retries=0) as client:
            with pytest.raises(openai.APIStatusError) as caught:
                client.chat.completions.create(model="llama-chain", messages="not a list")
            return caught.value.status_code, caught.value.body

    assert outcome(place) == outcome("direct")


def test_a_service_with_credentials_of_its_own_needs_none_from_the_client(hub, servers):
    for where in ("root", "prefix"):
        with openai.OpenAI(base_url=openai_base(where, hub, servers, "keyed"), api_key=hub.client_key, max_retries=0) as client:
            assert client.chat.completions.create(model="llama-keyed", messages=ASK).choices[0].message.content == SENTENCE


@pytest.mark.parametrize("path", ["/v1", "/llama/v1"])
def test_a_wrong_key_is_an_authentication_error(hub, path):
    with openai.OpenAI(base_url=hub.url + path, api_key="ahk_wrong", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            client.models.list()
    assert caught.value.body["code"] == "invalid_api_key"
    assert caught.value.body["message"]


def test_a_model_that_nobody_has_is_a_not_found_error(hub):
    with openai.OpenAI(base_url=hub.url + "/v1", api_key=hub.client_key, max_retries=0) as client:
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="no-such-model", messages=ASK)
    assert caught.value.body["code"] == "model_not_found"
    assert "no-such-model" in caught.value.body["message"]


def test_one_model_is_described(hub):
    with openai.OpenAI(base_url=hub.url + "/v1", api_key=hub.client_key, max_retries=0) as client:
        assert client.models.retrieve("llama-chain").id == "llama-chain"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("no-such-model")


def test_the_clients_timeout_is_felt_by_the_server(gateway, mock):
    gone = threading.Event()
    mock.on("/v1/chat/completions", lambda exchange: exchange.wait_gone() and gone.set())
    hub = gateway({"mock": mock.service()})
    with openai.OpenAI(base_url=hub.url + "/v1", api_key=hub.client_key, max_retries=0, timeout=0.5) as client:
        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(model="mock", messages=ASK)
        assert gone.wait(10), "the upstream's connection stayed open after the client had given up"


def test_a_cancelled_stream_is_cancelled_at_the_server(gateway, mock):
    gone = threading.Event()

    def talk_until_gone(exchange):
        exchange.start_chunks()
        exchange.chunk(sse({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "mock",
                            "choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": None}]})[0])
        if exchange.wait_gone():
            gone.set()

    mock.on("/v1/chat/completions", talk_until_gone)
    hub = gateway({"mock": mock.service()})
    with openai.OpenAI(base_url=hub.url + "/v1", api_key=hub.client_key, max_retries=0) as client:
        stream = client.chat.completions.create(model="mock", messages=ASK, stream=True)
        assert next(iter(stream)).choices[0].delta.content == "x"
        stream.close()
        assert gone.wait(10), "the upstream's connection stayed open after the client had left"


def test_a_real_server_stops_working_for_a_client_that_left(hub, servers):
    def busy():
        slots = json.loads(ask(servers.llama, "GET", "/slots").body)
        return any(slot["is_processing"] for slot in slots)

    with openai.OpenAI(base_url=hub.url + "/v1", api_key=hub.client_key, max_retries=0) as client:
        stream = client.chat.completions.create(model="llama-chain", messages=ASK, stream=True, max_tokens=16000,
                                                extra_body={"ignore_eos": True})
        next(iter(stream))
        stream.close()
        processes.wait_until(lambda: not busy(), "the server to stop generating")
