"""Upstreams that are down, slow, or break off: the next one is tried, or the client is told, never left believing."""
import json
import threading

import pytest
from support.mock_upstream import PIECES, closed_port, wait_event
from support.raw import Connection, Incomplete, ask, bearer, request_bytes

HELLO = {"model": "mock", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
CHAT = json.dumps(HELLO).encode()
STREAMED = json.dumps({**HELLO, "stream": True}).encode()
PIECE = PIECES[0]


def chat(front, path="/v1/chat/completions", body=CHAT):
    return ask(front.url, "POST", path, bearer(front.client_key), body)


def down(models=("mock",), kind="openai"):
    return {"url": f"http://{closed_port()}", "kind": kind, "models": list(models)}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/gone/v1/chat/completions", "/v1/messages", "/api/chat", "/gone/api/chat"])
def test_a_server_that_is_down_is_said_at_once_with_the_reason(gateway, path):
    front = gateway({"gone": down(kind="ollama")})
    reply = chat(front, path)
    assert reply.status in (502, 503)
    assert "gone" in reply.text and "refused" in reply.text
    error = reply.json()["error"]
    assert isinstance(error, str) == ("/api/" in path)
    assert reply.get("X-Request-Id")


def test_the_next_server_that_has_the_model_answers(gateway, mock):
    front = gateway({"gone": down(), "mock": mock.service()})
    for _ in range(6):
        assert chat(front).status == 200
    assert len(mock.at("/v1/chat")) == 6


def test_a_service_tries_all_its_addresses(gateway, mock):
    front = gateway({"mock": {"kind": "openai", "models": ["mock"], "urls": [f"http://{closed_port()}", mock.url]}})
    for path in ("/v1/chat/completions", "/mock/v1/chat/completions"):
        assert chat(front, path).status == 200


def breaking(exchange):
    exchange.reset()


def closing(exchange):
    exchange.close()


@pytest.mark.parametrize("fault", [breaking, closing])
def test_a_server_that_breaks_off_before_the_first_byte_is_passed_over(gateway, new_mock, fault):
    bad, good = new_mock(models=["mock"]), new_mock(models=["mock"])
    bad.on("/v1/chat", fault)
    front = gateway({"bad": bad.service(), "good": good.service()})
    bodies = [json.dumps({"model": "mock", "pad": "x" * size}).encode() for size in (1, 100_000, 3_000_000)]
    for body in bodies * 2:
        assert chat(front, body=body).status == 200
    assert [e.request.body for e in good.at("/v1/chat")] == bodies * 2


def test_a_body_that_has_left_is_replayed_whole(gateway, new_mock):
    bad, good = new_mock(models=["mock"]), new_mock(models=["mock"])
    bad.on("/v1/chat", breaking, early=True)
    front = gateway({"bad": bad.service(), "good": good.service()})
    body = json.dumps({"model": "mock", "pad": "y" * 8_000_000}).encode()
    for _ in range(4):
        assert chat(front, body=body).status == 200
    assert all(exchange.request.body == body for exchange in good.at("/v1/chat"))
    assert not list(front.folder.rglob("*spool*/*")), "a spool file was left behind"


def test_no_server_left_is_told_in_the_dialect(gateway, new_mock):
    bad = new_mock(models=["mock"])
    bad.on("/v1/chat", breaking)
    front = gateway({"bad": bad.service()})
    reply = chat(front)
    assert reply.status in (502, 503)
    assert reply.json()["error"]["type"] == "server_error"


def test_an_error_that_the_server_words_itself_is_the_answer(gateway, new_mock):
    failing, other = new_mock(models=["mock"]), new_mock(models=["mock"])
    for one in (failing, other):
        one.on("/v1/chat", lambda exchange: exchange.reply(500, b'{"error":"mine"}', reason="Internal Server Error"))
    front = gateway({"failing": failing.service(), "other": other.service()})
    reply = chat(front)
    assert (reply.status, reply.body) == (500, b'{"error":"mine"}')


def test_a_first_byte_that_does_not_come_is_a_timeout_where_one_is_set(gateway, mock):
    mock.on("/v1/chat", lambda exchange: exchange.wait_gone())
    front = gateway({"mock": mock.service(first_byte_timeout="300ms")})
    assert chat(front).status == 504


def test_a_slow_first_byte_is_waited_for_by_default(gateway, mock):
    """A model that loads takes minutes; here as long as the test cares to make it."""
    proceed = threading.Event()

    def script(exchange):
        wait_event(proceed)
        exchange.reply(200, b"late")

    mock.on("/v1/chat", script)
    front = gateway({"mock": mock.service(idle_timeout="300ms")})
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), CHAT))
        mock.wait_for("/v1/chat")
        threading.Timer(0.8, proceed.set).start()
        assert client.response().body == b"late"


def broken_stream(content_type, piece, end):
    def script(exchange):
        exchange.start_chunks(content_type)
        exchange.chunk(piece)
        end(exchange)
    return script


NDJSON = b'{"model":"mock","message":{"role":"assistant","content":"x"},"done":false}\n'
STREAMS = {
    "openai": ("/v1/chat/completions", "text/event-stream", PIECE),
    "openai by prefix": ("/mock/v1/chat/completions", "text/event-stream", PIECE),
    "anthropic": ("/v1/messages", "text/event-stream", b'event: ping\ndata: {"type":"ping"}\n\n'),
    "ollama": ("/api/chat", "application/x-ndjson", NDJSON),
    "ollama by prefix": ("/mock/api/chat", "application/x-ndjson", NDJSON),
}
ENDS = {"reset": lambda exchange: exchange.reset(), "close": lambda exchange: exchange.close(),
        "silence": lambda exchange: exchange.wait_gone()}


def read_pieces(front, path):
    """All payloads of a stream that must not end properly."""
    pieces = []
    with Connection(front.url) as client:
        client.send(request_bytes("POST", path, bearer(front.client_key), STREAMED))
        assert client.head().status == 200
        with pytest.raises(Incomplete):
            while True:
                payload = client.chunk()[0]
                assert payload, "the stream ended as if it were complete"
                pieces.append(payload)
    return b"".join(pieces)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_that_breaks_ends_with_an_error_in_its_dialect(gateway, new_mock, stream, end):
    path, content_type, piece = STREAMS[stream]
    mock = new_mock(models=["mock"], kind="ollama")
    mock.on("/", broken_stream(content_type, piece, ENDS[end]))
    front = gateway({"mock": mock.service(idle_timeout="300ms", apis=["chat", "messages", "ollama"])})
    got = read_pieces(front, path)
    assert got.startswith(piece)
    rest = got[len(piece):]
    if stream.startswith("ollama"):
        assert isinstance(json.loads(rest)["error"], str)
    elif stream == "anthropic":
        assert rest.startswith(b"event: error\ndata: ") and rest.endswith(b"\n\n")
        error = json.loads(rest.split(b"data: ", 1)[1])
        assert (error["type"], bool(error["error"]["message"])) == ("error", True)
    else:
        assert rest.startswith(b"data: ") and rest.endswith(b"\n\n")
        assert json.loads(rest[6:])["error"]["message"]


def test_an_error_event_never_joins_half_an_event(gateway, mock):
    mock.on("/", broken_stream("text/event-stream", PIECE + b'data: {"choices":[{"del', ENDS["reset"]))
    front = gateway({"mock": mock.service()})
    events = [event for event in read_pieces(front, "/v1/chat/completions").split(b"\n\n") if event]
    assert json.loads(events[-1][6:])["error"]["message"]


def test_a_reply_with_a_length_that_breaks_off_does_not_look_complete(gateway, mock):
    def script(exchange):
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"half\":")
        exchange.reset()

    mock.on("/", script)
    front = gateway({"mock": mock.service()})
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), CHAT))
        with pytest.raises(Incomplete):
            client.response()


def test_an_idle_connection_that_the_server_closed_harms_no_request(gateway, mock):
    """Kept connections die of old age at the other end; the next request must go over a fresh one."""
    front = gateway({"mock": mock.service()})
    for number in range(5):
        assert chat(front, "/mock/v1/chat/completions").status == 200
        mock.cut_connections()
        mock.wait_open_connections(0)


def test_a_server_that_comes_back_is_used_again(gateway, new_mock):
    first = new_mock(models=["mock"])
    port = first.port
    front = gateway({"mock": first.service()})
    assert chat(front).status == 200
    first.close()
    assert chat(front).status in (502, 503)
    again = new_mock(models=["mock"], port=port)
    assert chat(front).status == 200
    assert again.at("/v1/chat")
