"""Requests of every API by hand and mock servers that speak two of them: for what official clients hide or real servers never do."""
import json

from support.mock_upstream import sse
from support.raw import Connection, Incomplete, bearer, request_bytes

PATHS = {"chat": "/v1/chat/completions", "completions": "/v1/completions", "responses": "/v1/responses", "messages": "/v1/messages",
         "ollama_chat": "/api/chat", "ollama_generate": "/api/generate", "embeddings": "/v1/embeddings",
         "ollama_embed": "/api/embed", "ollama_embeddings": "/api/embeddings"}
ASK = [{"role": "user", "content": "Say hello"}]
LEAST = {"chat": {"messages": ASK}, "completions": {"prompt": "Say hello"}, "responses": {"input": "Say hello"},
         "messages": {"messages": ASK, "max_tokens": 100}, "ollama_chat": {"messages": ASK}, "ollama_generate": {"prompt": "Say hello"},
         "embeddings": {"input": "abc"}, "ollama_embed": {"input": "abc"}, "ollama_embeddings": {"prompt": "abc"}}
# Who is translated before which server.
PAIRS = [*(("chat", api) for api in ("responses", "messages", "completions", "ollama_chat", "ollama_generate")),
         *(("ollama_chat", api) for api in ("chat", "responses", "messages", "completions"))]


def request(api, stream, **members):
    return {"model": "mock", **LEAST[api], "stream": stream, **members}


def send(client, front, api, document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return client.send_some(request_bytes("POST", PATHS[api], [*bearer(front.client_key).items(), ("Content-Type", "application/json")],
                                          body))


def ask(front, api, document):
    with Connection(front.url, timeout=30) as client:
        return send(client, front, api, document).response()


def broken(front, api, document):
    """All that comes of a stream that must not end properly."""
    with Connection(front.url, timeout=30) as client:
        head = send(client, front, api, document).head()
        assert head.status == 200, client.rest_or_reset()
        pieces = []
        while True:
            try:
                payload = client.chunk()[0]
            except Incomplete:
                return b"".join(pieces)
            assert payload, f"the stream ended as if it were complete: {b''.join(pieces)!r}"
            pieces.append(payload)


def sentence(api, document):
    """What an error says; its shape must be the API's."""
    if api.startswith("ollama"):
        assert isinstance(document["error"], str), document
        return document["error"]
    if api == "messages":
        assert document["type"] == "error" and document["error"]["type"], document
    assert document["error"]["type"], document
    return document["error"]["message"]


def last_error(api, got):
    """The sentence of the error at the end of a stream, in the words of the API."""
    if api.startswith("ollama"):
        return sentence(api, json.loads(got.rstrip(b"\n").split(b"\n")[-1]))
    event = got.rstrip(b"\n").split(b"\n\n")[-1]
    name = event.split(b"\n")[0] if event.startswith(b"event: ") else b""
    document = json.loads(event.split(b"data: ", 1)[1])
    if api != "responses":
        assert name == (b"event: error" if api == "messages" else b"")
        return sentence(api, document)
    if document.get("type") == "response.failed":
        return document["response"]["error"]["message"]
    return document["message"] if document.get("type") == "error" else sentence("chat", document)


def chunk(delta=None, finish=None, **more):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "mock", "choices": choices, **more}


USAGE = chunk(usage={"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12})


def line(message, **more):
    return json.dumps({"model": "mock", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", **message},
                       "done": False, **more}, ensure_ascii=False).encode() + b"\n"


DONE = {"done": True, "done_reason": "stop", "total_duration": 9, "load_duration": 1, "prompt_eval_count": 7,
        "prompt_eval_duration": 2, "eval_count": 5, "eval_duration": 3}
TYPES = {"chat": "text/event-stream", "ollama_chat": "application/x-ndjson"}


def words(server, *texts):
    """The pieces of a stream that says these words, without its end."""
    if server == "chat":
        return sse(chunk({"role": "assistant", "content": ""}), *(
            json.dumps(chunk({"content": text}), ensure_ascii=False).encode() for text in texts))
    return [line({"content": text}) for text in texts]


def end_of(server, finish="stop"):
    if server == "chat":
        return sse(chunk({}, finish), USAGE, b"[DONE]")
    return [line({"content": ""}, **DONE)]


def whole(server, text):
    """The same as one document."""
    if server == "ollama_chat":
        return line({"content": text}, **DONE)
    return json.dumps({**chunk(usage=USAGE["usage"]), "object": "chat.completion", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}).encode()


def streaming(server, pieces):
    """A script: each piece a chunk of its own."""
    def script(exchange):
        exchange.start_chunks(TYPES[server])
        for piece in pieces:
            exchange.chunk(piece)
        exchange.end_chunks()
    return script


class Front:
    """A gateway before one mock that speaks one API alone."""

    def __init__(self, factory, mock, server, **settings):
        self.mock, self.server = mock, server
        mock.kind = "openai" if server == "chat" else "ollama"
        self.gateway = factory({"mock": mock.service(apis=["chat", "embeddings"] if server == "chat" else ["ollama"])}, settings)
        self.url, self.client_key = self.gateway.url, self.gateway.client_key

    def will(self, script, early=False):
        self.mock.requests.clear()
        self.mock.on(PATHS[self.server], script, early)
