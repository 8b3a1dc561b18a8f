"""The same request straight to a real server and through the gateway: the answers are equal."""
import json

import pytest
from support import compare
from support.places import CITY_SCHEMA, PIXEL, WEATHER
from support.raw import ask, request_bytes

HELLO = [{"role": "user", "content": "Say hello"}]
CHAT = {"model": "llama-chain", "messages": HELLO, "cache_prompt": False, "temperature": 0}

# name: (service, method, path below the service, body)
REQUESTS = {
    "chat": ("llama", "POST", "/v1/chat/completions", CHAT),
    "chat streamed": ("llama", "POST", "/v1/chat/completions", {**CHAT, "stream": True, "stream_options": {"include_usage": True}}),
    "chat with tools": ("llama", "POST", "/v1/chat/completions", {**CHAT, "tools": [WEATHER]}),
    "chat with tools streamed": ("llama", "POST", "/v1/chat/completions",
                                 {**CHAT, "tools": [WEATHER], "stream": True, "stream_options": {"include_usage": True}}),
    "chat by a schema": ("llama", "POST", "/v1/chat/completions", {**CHAT, "max_tokens": 100, "response_format": {
        "type": "json_schema", "json_schema": {"name": "c", "schema": CITY_SCHEMA}}}),
    "chat with an image": ("seer", "POST", "/v1/chat/completions", {**CHAT, "model": "llama-seer", "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]}]}),
    "chat that is wrong": ("llama", "POST", "/v1/chat/completions", {**CHAT, "messages": 7}),
    "completion": ("llama", "POST", "/v1/completions", {"model": "llama-chain", "prompt": "x", "max_tokens": 9, "temperature": 0}),
    "responses": ("llama", "POST", "/v1/responses", {"model": "llama-chain", "input": "hi"}),
    "responses streamed": ("llama", "POST", "/v1/responses", {"model": "llama-chain", "input": "hi", "stream": True}),
    "messages": ("llama", "POST", "/v1/messages", {"model": "llama-chain", "max_tokens": 50, "messages": HELLO}),
    "messages streamed": ("llama", "POST", "/v1/messages", {"model": "llama-chain", "max_tokens": 50, "messages": HELLO, "stream": True}),
    "embeddings": ("embed", "POST", "/v1/embeddings", {"model": "llama-embed", "input": ["a", "b"]}),
    "rerank on a chat server": ("llama", "POST", "/v1/rerank", {"model": "llama-chain", "query": "a", "documents": ["a"]}),
    "speech": ("kokoro", "POST", "/v1/audio/speech", {"model": "kokoro", "input": "hello", "voice": "rms", "response_format": "wav"}),
    "speech in pieces": ("kokoro", "POST", "/v1/audio/speech", {"model": "kokoro", "input": "hello", "voice": "rms", "response_format": "pcm"}),
    "speech of nothing": ("kokoro", "POST", "/v1/audio/speech", {"model": "kokoro", "input": " "}),
    "ollama chat": ("ollama", "POST", "/api/chat", {"model": "chain", "messages": HELLO, "stream": False}),
    "ollama chat streamed": ("ollama", "POST", "/api/chat", {"model": "chain", "messages": HELLO}),
    "ollama generate": ("ollama", "POST", "/api/generate", {"model": "chain", "prompt": "hi", "stream": False}),
    "ollama embed": ("ollama", "POST", "/api/embed", {"model": "embed", "input": "hi"}),
    "ollama show": ("ollama", "POST", "/api/show", {"model": "chain"}),
    "ollama in openai's words": ("ollama", "POST", "/v1/chat/completions", {"model": "chain", "messages": HELLO, "temperature": 0}),
}
# Lists and the like mean something else at the root, and what a model cannot take goes to another there: so these go
# through prefixes alone.
BELOW_PREFIXES = {
    "an image without eyes": ("llama", "POST", "/v1/chat/completions", {**CHAT, "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]}]}),
    "embeddings on a chat server": ("llama", "POST", "/v1/embeddings", {"model": "llama-chain", "input": "a"}),
    "models": ("llama", "GET", "/v1/models", None),
    "health": ("llama", "GET", "/health", None),
    "slots with a query": ("llama", "GET", "/props?x=1", None),
    "metrics": ("llama", "HEAD", "/v1/models", None),
    "preflight": ("llama", "OPTIONS", "/v1/chat/completions", None),
    "nothing there": ("llama", "GET", "/nothing/there", None),
    "wrong method": ("llama", "DELETE", "/v1/models", None),
    "tokenize": ("llama", "POST", "/tokenize", {"content": "Hello"}),
    "model of ollama": ("ollama", "GET", "/v1/models/chain:latest", None),
    "tags": ("ollama", "GET", "/api/tags", None),
    "version": ("ollama", "GET", "/api/version", None),
    "greeting": ("ollama", "GET", "/", None),
    "a model that ollama has not": ("ollama", "POST", "/api/chat", {"model": "nobody", "messages": HELLO}),
    "body that is no JSON": ("ollama", "POST", "/api/chat", "no json"),
    "voices": ("kokoro", "GET", "/v1/audio/voices", None),
}
CASES = [(name, place) for name in REQUESTS for place in ("root", "prefix")] + [(name, "prefix") for name in BELOW_PREFIXES]


def server_of(servers, service):
    address = servers.speech if service in ("kokoro", "stt") else getattr(servers, service)
    if not address:
        pytest.skip(servers.left_out[service])
    return address


def send(address, method, target, document, key=None):
    more = [("Authorization", f"Bearer {key}")] if key else []
    if document is None:
        return compare.fetch(address, request_bytes(method, target, more), method)
    return compare.fetch(address, compare.json_request(method, target, document, more), method)


@pytest.mark.parametrize("name,place", CASES, ids=[f"{name} by {place}" for name, place in CASES])
def test_the_answer_is_the_same(hub, servers, name, place):
    service, method, path, document = {**REQUESTS, **BELOW_PREFIXES}[name]
    server = server_of(servers, service)
    send(server, method, path, document)  # so that caches and loaded models are alike for both
    direct = send(server, method, path, document)
    through = send(hub.url, method, path if place == "root" else f"/{service}{path}", document, hub.client_key)
    assert compare.normalised(through) == compare.normalised(direct)


def test_a_streams_events_are_the_servers_own(hub, servers):
    document = {**CHAT, "stream": True}
    direct = send(servers.llama, "POST", "/v1/chat/completions", document)
    through = send(hub.url, "POST", "/v1/chat/completions", document, hub.client_key)
    content = lambda reply: [event if isinstance(event, str) else event["choices"] for event in compare.event_payloads(reply.body)]
    assert content(through) == content(direct)
    assert len(content(direct)) > 20


def multipart(fields):
    parts = []
    for name, value in fields:
        disposition = f'form-data; name="{name}"' + ('; filename="a.wav"' if name == "file" else "")
        kind = "Content-Type: audio/wav\r\n" if name == "file" else ""
        data = value if isinstance(value, bytes) else value.encode()
        parts.append(f"--limit\r\nContent-Disposition: {disposition}\r\n{kind}\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + b"--limit--\r\n", [("Content-Type", "multipart/form-data; boundary=limit")]


@pytest.mark.parametrize("place", ["root", "prefix"])
@pytest.mark.parametrize("order", ["model first", "file first"])
def test_a_recording_is_understood_the_same(hub, servers, place, order):
    speech = json.dumps({"model": "kokoro", "input": "hello world", "voice": "rms", "response_format": "wav"}).encode()
    recording = ask(servers.speech, "POST", "/v1/audio/speech", {"Content-Type": "application/json"}, speech).body
    fields = [("model", "whisper-1"), ("file", recording)]
    body, kind = multipart(fields if order == "model first" else fields[::-1])
    path = "/v1/audio/transcriptions"
    direct = compare.fetch(servers.speech, request_bytes("POST", path, kind, body))
    assert "hello" in direct.text
    key = [("Authorization", f"Bearer {hub.client_key}")]
    through = compare.fetch(hub.url, request_bytes("POST", path if place == "root" else "/stt" + path, kind + key, body))
    assert compare.normalised(through) == compare.normalised(direct)
