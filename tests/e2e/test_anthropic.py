"""Anthropic's Messages API, which llama.cpp has, by Anthropic's own client."""
import anthropic
import pytest
from support.places import PLACES, SENTENCE, plain_base

ASK = [{"role": "user", "content": "Say hello"}]


@pytest.fixture(params=PLACES)
def client(request, hub, servers):
    with anthropic.Anthropic(base_url=plain_base(request.param, hub, servers, "llama"), api_key=hub.client_key,
                             max_retries=0) as made:
        yield made


def test_messages_answer(client):
    answer = client.messages.create(model="llama-chain", max_tokens=100, messages=ASK)
    assert answer.content[0].text == SENTENCE
    assert answer.usage.output_tokens > 0


def test_messages_stream_the_same_words(client):
    with client.messages.stream(model="llama-chain", max_tokens=100, messages=ASK) as stream:
        assert "".join(stream.text_stream) == SENTENCE
        assert stream.get_final_message().stop_reason == "end_turn"


def test_tokens_are_counted(client):
    assert client.messages.count_tokens(model="llama-chain", messages=ASK).input_tokens > 0


def test_tools_are_called(client):
    tool = {"name": "get_weather", "description": "The weather of a city", "input_schema": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
    answer = client.messages.create(model="llama-chain", max_tokens=200, messages=ASK, tools=[tool])
    call = next(block for block in answer.content if block.type == "tool_use")
    assert call.name == "get_weather" and "city" in call.input


@pytest.mark.parametrize("path", ["", "/llama"])
def test_a_wrong_key_is_refused_in_anthropics_words(hub, path):
    with anthropic.Anthropic(base_url=hub.url + path, api_key="ahk_wrong", max_retries=0) as client:
        with pytest.raises(anthropic.AuthenticationError) as caught:
            client.messages.create(model="llama-chain", max_tokens=10, messages=ASK)
    assert caught.value.body["type"] == "error"
    assert caught.value.body["error"]["type"] == "authentication_error"


def test_a_model_that_nobody_has_is_not_found(hub):
    with anthropic.Anthropic(base_url=hub.url, api_key=hub.client_key, max_retries=0) as client:
        with pytest.raises(anthropic.NotFoundError) as caught:
            client.messages.create(model="no-such-model", max_tokens=10, messages=ASK)
    assert caught.value.body["error"]["type"] == "not_found_error"
