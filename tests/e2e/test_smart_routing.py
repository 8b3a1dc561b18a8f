"""Pictures, sound and embeddings go to a model that can take them, and the reply says so; so do stand-ins; all of it is in the log."""
import json
import time

import pytest
import talk
from support.mock_upstream import MockUpstream, closed_port
from support.places import PIXEL
from talk import PATHS

MODELS = {"words": {"type": "text"}, "eyes": {"type": "vision"}, "ears": {"type": "omni"}, "maps": {"type": "embedding"}}
USER = lambda content: {"messages": [{"role": "user", "content": content}]}
URL = f"data:image/png;base64,{PIXEL}"
SOUND = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
IMAGE = {"type": "image_url", "image_url": {"url": URL}}
TEXT = {"type": "text", "text": "What is this?"}
# API, members, the model that is to answer when `words` was named, or `auto`.
ROUTED = {
    "a picture": ("chat", USER([TEXT, IMAGE]), "eyes"),
    "a picture at an address": ("chat", USER([{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]), "eyes"),
    "a picture in the text": ("chat", USER(f"What is ![this]({URL})?"), "eyes"),
    "a picture of an earlier turn": ("chat", {"messages": [{"role": "user", "content": [IMAGE]}, {"role": "assistant", "content": "A dot."},
                                                           {"role": "user", "content": "Sure?"}]}, "eyes"),
    "sound": ("chat", USER([TEXT, SOUND]), "ears"),
    "sound and a picture": ("chat", USER([SOUND, IMAGE]), "ears"),
    "sound behind a picture's name": ("chat", USER([{"type": "image_url", "image_url": {"url": "data:audio/wav;base64,AAAA"}}]), "ears"),
    "a picture in responses": ("responses", {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": URL}]}]}, "eyes"),
    "a picture in messages": ("messages", {**USER([{"type": "image", "source": {
        "type": "base64", "media_type": "image/png", "data": PIXEL}}]), "max_tokens": 9}, "eyes"),
    "a picture for Ollama": ("ollama_chat", {"messages": [{"role": "user", "content": "x", "images": [PIXEL]}]}, "eyes"),
    "a picture to generate from": ("ollama_generate", {"prompt": "x", "images": [PIXEL]}, "eyes"),
    "an embedding": ("embeddings", {"input": "abc"}, "maps"),
    "an embedding for Ollama": ("ollama_embed", {"input": "abc"}, "maps"),
    "words": ("chat", USER("Hello"), "words"),
    "words about pictures": ("chat", USER("What is an image_url, and an input_audio?"), "words"),
    "words in parts": ("messages", {**USER([TEXT]), "max_tokens": 9}, "words"),
}


@pytest.fixture(scope="module")
def mock():
    with MockUpstream(models=list(MODELS)) as upstream:
        embedding = {"object": "list", "model": "maps", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
                     "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        answers = {PATHS["chat"]: talk.whole("chat", "seen"), PATHS["embeddings"]: json.dumps(embedding).encode()}
        for path, body in answers.items():
            upstream.on(path, lambda exchange, body=body: exchange.reply(200, body, [("Content-Type", "application/json")]))
        yield upstream


@pytest.fixture(scope="module")
def front(module_gateway, mock):
    return module_gateway({"mock": mock.service(apis=["chat", "embeddings"])}, {"models": MODELS})


def routed(front, mock, api, members, model):
    """The reply and the model that the server was asked for."""
    mock.requests.clear()
    whole = {"stream": False} if api in ("ollama_chat", "ollama_generate") else {}
    reply = talk.ask(front, api, {"model": model, **whole, **members})
    assert reply.status == 200, reply.text
    return reply, mock.requests[-1].request.json()["model"]


@pytest.mark.parametrize("named", ["words", "auto"])
@pytest.mark.parametrize("api, members, able", ROUTED.values(), ids=ROUTED)
def test_content_goes_to_a_model_that_can_take_it(front, mock, api, members, able, named):
    reply, asked = routed(front, mock, api, members, named)
    assert asked == able
    assert reply.get("X-Aihub-Service") == "mock"
    if asked != named:
        assert f"model {able}" in reply.get("X-Aihub-Reason")


@pytest.mark.parametrize("named", ["eyes", "ears"])
def test_a_model_that_can_take_it_is_left_alone(front, mock, named):
    reply, asked = routed(front, mock, "chat", USER([TEXT, IMAGE]), named)
    assert asked == named
    assert "model" not in reply.get("X-Aihub-Reason")


def test_a_large_picture_is_found_wherever_it_is(front, mock):
    large = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 3_000_000}}
    parts = [{"type": "text", "text": "x" * 2_000_000}, large]
    assert routed(front, mock, "chat", USER(parts), "words")[1] == "eyes"


def test_where_none_can_take_it_the_named_model_is_asked(gateway, new_mock):
    """Names tell little: the server may know better what its model can."""
    mock = new_mock(models=["words"])
    front = gateway({"mock": mock.service()})
    reply = talk.ask(front, "chat", {"model": "words", **USER([TEXT, IMAGE])})
    assert reply.status == 200 and len(mock.at(PATHS["chat"])) == 1


@pytest.mark.parametrize("content, sentence", [
    ([IMAGE], "No model with vision capability loaded. Load a 'vision' or 'omni' model."),
    ([SOUND], "No model with audio capability loaded. Load an 'omni' model.")])
def test_auto_is_refused_where_none_can_take_it(gateway, new_mock, content, sentence):
    front = gateway({"mock": new_mock(models=["words"]).service()})
    reply = talk.ask(front, "chat", {"model": "auto", **USER(content)})
    assert (reply.status, reply.json()["error"]["message"]) == (404, sentence)


def test_a_stand_in_answers_for_a_model_whose_server_is_down(gateway, new_mock):
    mock = new_mock(models=["small"])
    mock.on(PATHS["chat"], lambda exchange: exchange.reply(200, talk.whole("chat", "small talk"), [("Content-Type", "application/json")]))
    front = gateway({"down": {"url": f"http://{closed_port()}", "kind": "openai", "models": ["big"], "apis": ["chat"]},
                     "mock": mock.service(apis=["chat"])}, {"models": {"big": {"fallbacks": ["small"]}}})
    for api in ("chat", "messages", "ollama_chat"):
        reply, asked = routed(front, mock, api, talk.LEAST[api], "big")
        assert asked == "small" and b"small talk" in reply.body
        assert reply.get("X-Aihub-Service") == "mock"
        assert "small" in reply.get("X-Aihub-Reason")


@pytest.mark.parametrize("api", ["chat", "messages", "ollama_chat"])
def test_headers_and_log_tell_the_same(front, mock, api):
    began = time.monotonic()
    reply, _ = routed(front, mock, api, talk.LEAST[api], "words")
    took = 1000 * (time.monotonic() - began)
    row = front.wait_access(lambda row: row["request_id"] == reply.get("X-Request-Id"))
    assert (row["service"], row["reason"], row["model"]) == (reply.get("X-Aihub-Service"), reply.get("X-Aihub-Reason"), "words")
    assert 0 <= float(reply.get("X-Aihub-Overhead-Ms")) <= took
    assert 0 <= float(row["overhead_ms"])


@pytest.mark.parametrize("api", ["chat", "messages"])
def test_the_overhead_leaves_out_what_the_server_took(gateway, new_mock, api):
    slow, served = new_mock(models=["slow"]), []

    def answer(exchange):
        began = time.monotonic()
        time.sleep(0.3)  # this is what a server's time is
        served.append(time.monotonic() - began)
        exchange.reply(200, talk.whole("chat", "late"), [("Content-Type", "application/json")])

    slow.on(PATHS["chat"], answer)
    front = gateway({"slow": slow.service(apis=["chat"])})
    began = time.monotonic()
    reply = talk.ask(front, api, {"model": "slow", **talk.LEAST[api]})
    took = time.monotonic() - began
    assert float(reply.get("X-Aihub-Overhead-Ms")) <= 1000 * (took - served[0])
