"""Token counts of streams: servers are asked for them where the client did not ask, and the client sees nothing of it."""
import json
import threading

import pytest
from support import compare, processes
from support.mock_upstream import sse, wait_event
from support.raw import Connection, Incomplete, bearer, request_bytes

HELLO = {"messages": [{"role": "user", "content": "Say hello"}], "prompt": "Say hello"}
PATHS = {"chat": "/v1/chat/completions", "completions": "/v1/completions"}
SERVERS = {"llama": "llama-chain", "ollama": "chain"}
ASKED = {"include_usage": True}


def document(model, api, **more):
    text = {"messages": HELLO["messages"]} if api == "chat" else {"prompt": HELLO["prompt"]}
    return {"model": model, **text, "temperature": 0, "seed": 1, "max_tokens": 20, "stream": True, **more}


def fetch(address, path, body, key=None, headers=(), version="1.1"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    more = [*headers, ("Content-Type", "application/json"), *(bearer(key).items() if key else ())]
    return compare.fetch(address, request_bytes("POST", path, more, body, version=version))


def counts_of(row):
    return row["tokens_in"], row["tokens_out"], row.get("estimated", False)


def usage_in(body):
    return [event["usage"] for event in compare.event_payloads(body) if isinstance(event, dict) and event.get("usage")]


@pytest.fixture
def real(hub, servers, request):
    address = getattr(servers, request.param)
    if not address:
        pytest.skip(servers.left_out[request.param])
    return hub, address, SERVERS[request.param]


# Real servers.

@pytest.mark.parametrize("options", [{}, {"stream_options": {}}, {"stream_options": {"include_usage": False}}],
                         ids=["no options", "empty options", "options that say no"])
@pytest.mark.parametrize("api", PATHS)
@pytest.mark.parametrize("real", SERVERS, indirect=True)
def test_a_stream_equals_the_direct_one_and_its_tokens_are_known(real, api, options):
    front, address, model = real
    body = document(model, api, **options)
    fetch(address, PATHS[api], body)  # so that caches are alike for both
    direct = fetch(address, PATHS[api], body)
    counted = usage_in(fetch(address, PATHS[api], {**body, "stream_options": ASKED}).body)[-1]
    through = fetch(front.url, PATHS[api], body, front.client_key)
    assert compare.normalised(through) == compare.normalised(direct)
    assert counts_of(front.row_of(through)) == (counted["prompt_tokens"], counted["completion_tokens"], False)


@pytest.mark.parametrize("api", PATHS)
@pytest.mark.parametrize("real", SERVERS, indirect=True)
def test_a_client_that_asks_by_itself_gets_what_it_asked_for(real, api):
    front, address, model = real
    body = document(model, api, stream_options=ASKED)
    fetch(address, PATHS[api], body)
    direct, through = fetch(address, PATHS[api], body), fetch(front.url, PATHS[api], body, front.client_key)
    assert compare.normalised(through) == compare.normalised(direct)
    counted = usage_in(through.body)[-1]
    assert counts_of(front.row_of(through)) == (counted["prompt_tokens"], counted["completion_tokens"], False)


@pytest.mark.parametrize("api", PATHS)
@pytest.mark.parametrize("service", SERVERS)
def test_below_a_prefix_nothing_is_asked_for(hub, servers, service, api):
    if not getattr(servers, service):
        pytest.skip(servers.left_out[service])
    body = document(SERVERS[service], api)
    fetch(getattr(servers, service), PATHS[api], body)
    direct = fetch(getattr(servers, service), PATHS[api], body)
    through = fetch(hub.url, f"/{service}{PATHS[api]}", body, hub.client_key)
    assert compare.normalised(through) == compare.normalised(direct)
    says_it_unasked = bool(usage_in(direct.body))
    row = hub.row_of(through)
    assert row["tokens_out"] == 20
    assert row.get("estimated", False) is not says_it_unasked


@pytest.mark.parametrize("service,path,more", [
    ("llama", "/v1/messages", {"max_tokens": 20, "messages": HELLO["messages"]}),
    ("llama", "/v1/responses", {"max_output_tokens": 20, "input": "Say hello"}),
    ("ollama", "/v1/messages", {"max_tokens": 20, "messages": HELLO["messages"]}),
    ("ollama", "/v1/responses", {"max_output_tokens": 20, "input": "Say hello"}),
    ("ollama", "/api/chat", {"options": {"num_predict": 20}, "messages": HELLO["messages"]}),
    ("ollama", "/api/generate", {"options": {"num_predict": 20}, "prompt": "Say hello"})])
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_other_apis_say_their_counts_themselves(hub, servers, service, path, more, stream):
    if not getattr(servers, service):
        pytest.skip(servers.left_out[service])
    through = fetch(hub.url, path, {"model": SERVERS[service], "stream": stream, **more}, hub.client_key)
    assert through.status == 200
    events = compare.event_payloads(through.body) if b"data: " in through.body else map(json.loads, through.text.strip().split("\n"))
    found = {}
    for event in events:
        for place in (event, event.get("message") or {}, event.get("response") or {}) if isinstance(event, dict) else ():
            if isinstance(place, dict):
                found.update(place.get("usage") or {k: v for k, v in place.items() if k.endswith("eval_count")})
    asked = found.get("prompt_eval_count", found.get("input_tokens", 0) + found.get("cache_read_input_tokens", 0))
    assert asked > 0
    assert counts_of(hub.row_of(through)) == (asked, found.get("eval_count", found.get("output_tokens")), False)


@pytest.mark.parametrize("model,path", [("llama-embed", "/v1/embeddings"), ("embed", "/v1/embeddings"), ("embed", "/api/embed")])
def test_embeddings_are_counted_wherever_their_counts_stand(hub, servers, model, path):
    if model == "embed" and not servers.ollama:
        pytest.skip(servers.left_out["ollama"])
    through = fetch(hub.url, path, {"model": model, "input": ["a b c"] * 20}, hub.client_key)
    reply = json.loads(through.body)
    assert len(through.body) > 4000
    expected = reply["usage"]["prompt_tokens"] if "usage" in reply else reply["prompt_eval_count"]
    row = hub.row_of(through)
    assert row["tokens_in"] == expected > 0
    assert "estimated" not in row


# A mock, for what real servers do not do.

def chunk(content=None, finish=None, **more):
    delta = {} if content is None else {"content": content}
    return {"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


USAGE = {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33}
PLAIN = sse(chunk("a"), chunk("b"), chunk(None, "stop"), b"[DONE]")
COUNTED = sse(chunk("a", usage=None), chunk("b", usage=None), chunk(None, "stop", usage=None),
              {"id": "x", "choices": [], "usage": USAGE}, b"[DONE]")


def is_asked(exchange):
    return (json.loads(exchange.request.body).get("stream_options") or {}).get("include_usage") is True


def stream(exchange, events):
    exchange.start_chunks()
    for event in events:
        exchange.chunk(event)
    exchange.end_chunks()


def answer(exchange):
    """As a server does that knows the option."""
    stream(exchange, COUNTED if is_asked(exchange) else PLAIN)


@pytest.fixture
def front(mock, gateway):
    mock.on("/v1/chat/completions", answer)
    return gateway({"mock": mock.service(apis=["chat", "completions"])}, {"aliases": {"nick": "mock"}, "stream_keepalive": "off"})


BODY = b'{"model":"mock","messages":[{"role":"user","content":"hello"}],"stream":true}'
INSERTED = b'{"stream_options":{"include_usage":true},'
CHAT = PATHS["chat"]


def said(mock, number=-1):
    return mock.at(CHAT)[number].request


def test_the_request_differs_in_the_question_alone(front, mock):
    through = fetch(front.url, CHAT, BODY, front.client_key, [("Accept-Encoding", "gzip"), ("X-Odd", "1")])
    assert through.body == b"".join(PLAIN)
    got = said(mock)
    assert got.body == INSERTED + BODY[1:]
    assert got.get("Content-Length") == str(len(got.body))
    assert (got.get("Accept-Encoding"), got.get("X-Odd")) == (None, "1")
    assert counts_of(front.row_of(through)) == (11, 22, False)


def test_a_name_is_changed_along_with_the_question(front, mock):
    body = b'{"stream":true, "stream_options" : { "x":1 } ,"model":"nick","messages":[]}'
    assert fetch(front.url, CHAT, body, front.client_key).body == b"".join(PLAIN)
    assert said(mock).body == b'{"stream":true, "stream_options" : {"include_usage":true, "x":1 } ,"model":"mock","messages":[]}'
    body = b'{"model":"nick","messages":[],"stream":true}'
    assert fetch(front.url, CHAT, body, front.client_key).body == b"".join(PLAIN)
    assert said(mock).body == INSERTED + b'"model":"mock","messages":[],"stream":true}'


@pytest.mark.parametrize("framing", ["a length", "chunks"])
@pytest.mark.parametrize("size", [100, 20_000, 200_000])
def test_a_body_that_comes_in_pieces_is_asked_with_as_well(front, mock, framing, size):
    body = b'{"model":"mock","stream":true,"messages":[{"role":"user","content":"' + b"word " * (size // 5) + b'"}]}'
    headers = bearer(front.client_key)
    with Connection(front.url, timeout=30) as client:
        if framing == "chunks":
            client.send_some(request_bytes("POST", CHAT, [*headers.items(), ("Transfer-Encoding", "chunked")]))
            for at in range(0, len(body), 7001):
                piece = body[at:at + 7001]
                client.send_some(b"%x\r\n%s\r\n" % (len(piece), piece))
            client.send_some(b"0\r\n\r\n")
        else:
            whole = request_bytes("POST", CHAT, headers, body)
            client.send_some(whole[:-40])
            client.send_some(whole[-40:])
        through = client.response()
    assert said(mock).body == INSERTED + body[1:]
    assert through.body == b"".join(PLAIN)
    assert counts_of(front.row_of(through)) == (11, 22, False)


@pytest.mark.parametrize("limit,words", [("100KB", 40_000), ("200MB", 300_000)], ids=["by the setting", "in any case"])
def test_a_body_that_is_too_large_to_be_held_goes_as_it_is(mock, gateway, limit, words):
    mock.on(CHAT, answer)
    front = gateway({"mock": mock.service(apis=["chat"])}, {"retry_body_limit": limit})
    body = b'{"model":"mock","stream":true,"messages":[{"role":"user","content":"' + b"word " * words + b'"}]}'
    through = fetch(front.url, CHAT, body, front.client_key)
    assert said(mock).body == body
    assert through.body == b"".join(PLAIN)
    tokens_in, tokens_out, estimated = counts_of(front.row_of(through))
    assert estimated and tokens_out == 2
    assert words * 5 // 4 <= tokens_in <= words * 5 // 4 + 10


def test_what_cannot_be_kept_on_disk_is_sent_as_it_came(mock, gateway, tmp_path):
    mock.on(CHAT, answer)
    front = gateway({"mock": mock.service(apis=["chat"])}, {"spool_dir": str(tmp_path / "nowhere")})
    body = b'{"model":"mock","stream":true,"messages":[{"role":"user","content":"' + b"word " * 60_000 + b'"}]}'
    through = fetch(front.url, CHAT, body, front.client_key)
    assert (through.status, through.body) == (200, b"".join(PLAIN))
    assert said(mock).body == body


@pytest.mark.parametrize("off", ["setting", "asked", "no stream", "not at the root"])
def test_nothing_is_asked_for_where_it_is_not_wanted(mock, gateway, off):
    mock.on(CHAT, answer)
    front = gateway({"mock": mock.service(apis=["chat"])}, {"stream_usage": "off"} if off == "setting" else {})
    body = {"asked": BODY[:-1] + b',"stream_options":{"include_usage":true}}', "no stream": BODY.replace(b"true", b"false")}.get(off, BODY)
    through = fetch(front.url, ("/mock" if off == "not at the root" else "") + CHAT, body, front.client_key, [("Accept-Encoding", "gzip")])
    got = mock.requests[-1].request
    assert (got.body, got.get("Accept-Encoding")) == (body, "gzip")
    assert through.body == b"".join(COUNTED if off == "asked" else PLAIN)
    expected = (11, 22, False) if off == "asked" else None
    row = counts_of(front.row_of(through))
    assert row == expected if expected else row[2] is True


def test_the_setting_is_heeded_after_a_reload(front, mock):
    for value, body in (("off", BODY), ("on", INSERTED + BODY[1:])):
        front.write_config(stream_usage=value)
        assert processes.run(front.command("reload"), env=front.environment, cwd=front.folder).returncode == 0
        fetch(front.url, CHAT, BODY, front.client_key)
        assert said(mock).body == body


REFUSALS = {"400": (400, b'{"error":{"message":"Unrecognized request argument supplied: stream_options"}}', []),
            "422": (422, b'{"detail":[{"loc":["body","stream_options"],"msg":"extra fields not permitted"}]}', []),
            "400 in chunks": (400, None, [b'{"error":"unknown field ', b'include_usage"}'])}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_server_that_refuses_the_question_is_asked_without_and_remembered(front, mock, kind):
    status, body, pieces = REFUSALS[kind]

    def refuse(exchange):
        if not is_asked(exchange):
            return stream(exchange, PLAIN)
        if body is not None:
            return exchange.reply(status, body, [("Content-Type", "application/json")], "No")
        exchange.send(b"HTTP/1.1 %d No\r\nTransfer-Encoding: chunked\r\n\r\n" % status)
        for piece in pieces:
            exchange.chunk(piece)
        exchange.end_chunks()

    mock.on(CHAT, refuse)
    for number in range(3):
        through = fetch(front.url, CHAT, BODY, front.client_key)
        assert (through.status, through.body) == (200, b"".join(PLAIN))
        assert counts_of(front.row_of(through))[1:] == (2, True)
    bodies = [exchange.request.body for exchange in mock.at(CHAT)]
    assert bodies == [INSERTED + BODY[1:], BODY, BODY, BODY]


def test_an_error_that_quotes_the_question_reaches_the_client_without_it(front, mock):
    """Validation errors quote the request: the server is no worse for it and is asked again the next time."""
    refused = lambda exchange: exchange.reply(400, b'{"input":' + exchange.request.body + b"}", [("Content-Type", "application/json")], "No")
    mock.on(CHAT, refused)
    through = fetch(front.url, CHAT, BODY, front.client_key)
    assert (through.status, through.body) == (400, b'{"input":' + BODY + b"}")
    mock.on(CHAT, answer)
    assert fetch(front.url, CHAT, BODY, front.client_key).body == b"".join(PLAIN)
    assert said(mock).body == INSERTED + BODY[1:]


@pytest.mark.parametrize("status", [400, 404, 500])
def test_other_errors_pass_as_they_are(front, mock, status):
    body = b'{"error": {"message":"no such thing", "usage":null}}\n'
    mock.on(CHAT, lambda exchange: exchange.reply(status, body, [("Content-Type", "application/json"), ("X-Odd", "1")], "Odd"))
    through = fetch(front.url, CHAT, BODY, front.client_key)
    assert (through.status, through.body, through.get("Content-Length"), through.get("X-Odd")) == (status, body, str(len(body)), "1")
    assert len(mock.at(CHAT)) == 1


def test_a_server_that_compresses_nevertheless_is_asked_without(front, mock):
    def compress(exchange):
        if is_asked(exchange):
            return exchange.reply(200, b"\x1f\x8b no", [("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip")])
        stream(exchange, PLAIN)

    mock.on(CHAT, compress)
    assert fetch(front.url, CHAT, BODY, front.client_key).body == b"".join(PLAIN)
    assert said(mock).body == BODY


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("framing", ["length", "until the close", "bytes"])
def test_replies_of_any_framing_are_cleaned(front, mock, framing, version):
    body = b"".join(COUNTED)

    def script(exchange):
        if framing == "length":
            exchange.reply(200, body, [("Content-Type", "text/event-stream")])
        elif framing == "bytes":
            stream(exchange, [body[i:i + 1] for i in range(len(body))])
        else:
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + body)
            exchange.close()

    mock.on(CHAT, script)
    through = fetch(front.url, CHAT, BODY, front.client_key, version=version)
    assert through.body == b"".join(PLAIN)
    assert through.get("Content-Length") is None
    assert counts_of(front.row_of(through)) == (11, 22, False)


def test_a_document_instead_of_a_stream_passes_as_it_is(front, mock):
    body = b'{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":4,"completion_tokens":5}}'
    mock.on(CHAT, lambda exchange: exchange.reply(200, body, [("Content-Type", "application/json")]))
    through = fetch(front.url, CHAT, BODY, front.client_key)
    assert (through.body, through.get("Content-Length")) == (body, str(len(body)))
    assert counts_of(front.row_of(through)) == (4, 5, False)


def test_the_next_server_gets_the_question_too(new_mock, gateway):
    first, second = new_mock(models=["mock"]), new_mock(models=["mock"])
    first.on(CHAT, lambda exchange: exchange.reply(503))
    second.on(CHAT, answer)
    front = gateway({"a": {**first.service(apis=["chat"]), "priority": 1}, "b": {**second.service(apis=["chat"]), "priority": 2}})
    through = fetch(front.url, CHAT, BODY, front.client_key)
    assert through.body == b"".join(PLAIN)
    assert said(second).body == INSERTED + BODY[1:]
    assert counts_of(front.row_of(through)) == (11, 22, False)


def test_a_broken_stream_shows_no_trace_of_the_question(front, mock):
    def script(exchange):
        exchange.start_chunks()
        for event in COUNTED[:3]:
            exchange.chunk(event)
        exchange.chunk(COUNTED[3][:-20])
        exchange.close()

    mock.on(CHAT, script)
    with Connection(front.url, timeout=30) as client:
        client.send(request_bytes("POST", CHAT, bearer(front.client_key), BODY))
        head = client.head()
        body = b""
        try:
            while piece := client.chunk()[0]:
                body += piece
        except Incomplete:  # the end of the body is missing on purpose
            pass
    assert body.startswith(b"".join(PLAIN[:3]))
    assert b'"error"' in body and b"usage" not in body
    row = front.row_of(head)
    assert row["tokens_out"] in (2, 22)


def test_a_client_that_leaves_is_counted_what_it_got(front, mock):
    go_on = threading.Event()

    def script(exchange):
        exchange.start_chunks()
        for _ in range(5):
            exchange.chunk(sse(chunk("word"))[0])
        go_on.set()
        exchange.wait_gone()

    mock.on(CHAT, script)
    with Connection(front.url, timeout=30) as client:
        client.send(request_bytes("POST", CHAT, bearer(front.client_key), BODY))
        head = client.head()
        got = b""
        while got.count(b"word") < 5:
            got += client.chunk()[0]
        wait_event(go_on)
    row = front.row_of(head)
    assert counts_of(row)[1:] == (5, True)
    assert row["tokens_in"] > 0


def test_a_stream_that_began_with_comments_is_cleaned_too(mock, gateway):
    front = gateway({"mock": mock.service(apis=["chat"])}, {"stream_keepalive": "50ms"})
    commented = threading.Event()

    def script(exchange):
        wait_event(commented)
        answer(exchange)

    mock.on(CHAT, script)
    with Connection(front.url, timeout=30) as client:
        client.send(request_bytes("POST", CHAT, bearer(front.client_key), BODY))
        head = client.head()
        got = client.chunk()[0]
        assert got.startswith(b":")
        commented.set()
        while piece := client.chunk()[0]:
            got += piece
    events = b"".join(event + b"\n\n" for event in got.split(b"\n\n") if event and not event.startswith(b":"))
    assert events == b"".join(PLAIN)
    row = front.row_of(head)
    assert counts_of(row) == (11, 22, False)
