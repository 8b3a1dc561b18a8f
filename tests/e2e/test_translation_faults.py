"""What goes wrong in a translated reply is told in the client's words, and never looks like an end."""
import base64
import json
import random
import threading

import pytest
import talk
from matrix import SPEAKERS, Outcome, Refusal, Turn, Wish, call, user
from support.paths import is_sanitized
from support.mock_upstream import MockUpstream, sse, wait_event
from support.places import WEATHER
from support.raw import Connection
from talk import PAIRS, PATHS, Front

PAIR = pytest.mark.parametrize("server, api", PAIRS, ids=[f"{api} of {server}" for server, api in PAIRS])
TOLD = ("é", "\U0001f308 and", " \"quoted\"\n", "\\ \u2028 end")  # what is cut in the middle of a character, or must be escaped
TEXT = "".join(TOLD)


@pytest.fixture(scope="module")
def fronts(module_gateway):
    made = {}
    for server in ("chat", "ollama_chat"):
        made[server] = Front(module_gateway, MockUpstream(models=["mock"]), server)
    yield made
    for front in made.values():
        front.mock.close()


@pytest.fixture(scope="module")
def speakers():
    made = {name: SPEAKERS[name]() for name in PATHS}
    yield made
    for speaker in made.values():
        speaker.close()


@pytest.fixture
def front(fronts, server):
    return fronts[server]


def said(speakers, front, api, wish=Wish((user("Say hello"),)), stream=True):
    return speakers[api].ask(front.url, front.client_key, "mock", wish, stream)


DRIBBLES = {"by bytes": 1, "by sevens": 7, "at once": 1 << 20}


@PAIR
@pytest.mark.parametrize("size", DRIBBLES.values(), ids=DRIBBLES)
def test_a_stream_cut_anywhere_says_the_same(front, speakers, server, api, size):
    stream = b"".join([*talk.words(server, *TOLD), *talk.end_of(server)])
    front.will(talk.streaming(server, [stream[at:at + size] for at in range(0, len(stream), size)]))
    assert said(speakers, front, api) == Outcome(TEXT, tokens_in=7, tokens_out=5)


@PAIR
def test_a_document_cut_anywhere_says_the_same(front, speakers, server, api):
    document = talk.whole(server, TEXT)
    front.will(talk.streaming(server, [document[at:at + 1] for at in range(len(document))]))
    assert said(speakers, front, api, stream=False) == Outcome(TEXT, tokens_in=7, tokens_out=5)


FIRST, SECOND = call("get_weather", {"city": "Zürich"}), call("get_weather", {"city": "Rome", "days": [1, 2.5]})


def two_calls(server):
    """OpenAI's servers may send the arguments of several calls in turns; Ollama gives calls whole."""
    if server == "ollama_chat":
        calls = [{"function": {"name": c.name, "arguments": json.loads(c.arguments)}} for c in (FIRST, SECOND)]
        return [talk.line({"content": "", "tool_calls": calls[:1]}), talk.line({"content": "", "tool_calls": calls[1:]})]
    part = lambda index, **function: talk.chunk({"tool_calls": [{"index": index, "function": function}]})
    begin = lambda index, c: talk.chunk({"tool_calls": [{"index": index, "id": f"call_{index}", "type": "function",
                                                          "function": {"name": c.name, "arguments": ""}}]})
    pieces = [begin(0, FIRST), part(0, arguments=FIRST.arguments[:5]), begin(1, SECOND), part(1, arguments=SECOND.arguments[:9]),
              part(0, arguments=FIRST.arguments[5:]), part(1, arguments=SECOND.arguments[9:])]
    return sse(*pieces)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("server, api", [p for p in PAIRS if "tools" in SPEAKERS[p[1]].words])
def test_calls_made_side_by_side_arrive_whole_and_in_order(front, speakers, server, api, stream):
    if stream:
        front.will(talk.streaming(server, [*two_calls(server), *talk.end_of(server, "tool_calls")]))
    else:
        front.will(talk.streaming(server, [whole_calls(server)]))
    got = said(speakers, front, api, Wish((user("Both?"),), tools=(WEATHER,)), stream)
    assert got == Outcome(calls=(FIRST, SECOND), finish="tools", tokens_in=7, tokens_out=5)


def whole_calls(server):
    calls = [{"function": {"name": c.name, "arguments": json.loads(c.arguments)}} for c in (FIRST, SECOND)]
    if server == "ollama_chat":
        return talk.line({"content": "", "tool_calls": calls}, **talk.DONE)
    calls = [{"id": f"call_{i}", "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
             for i, c in enumerate((FIRST, SECOND))]
    return json.dumps({**talk.USAGE, "object": "chat.completion", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": None, "tool_calls": calls}, "finish_reason": "tool_calls"}]}).encode()


def dies(exchange):
    exchange.reset()


def closes(exchange):
    exchange.close()


def ends_early(exchange):
    exchange.end_chunks()


def talks_nonsense(exchange):
    exchange.chunk(b"data: {not json\n\n" if exchange.path.startswith("/v1") else b"{not json\n")
    exchange.wait_gone()


def says_half(exchange):
    exchange.chunk(b'data: {"choices":[{"del' if exchange.path.startswith("/v1") else b'{"model":"mock","mess')
    exchange.end_chunks()


ENDS = {function.__name__: function for function in (dies, closes, ends_early, talks_nonsense, says_half)}


@PAIR
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_stream_that_breaks_says_so_and_does_not_end(front, server, api, end):
    def script(exchange):
        exchange.start_chunks(talk.TYPES[server])
        for piece in talk.words(server, "first words"):
            exchange.chunk(piece)
        end(exchange)

    front.will(script)
    got = talk.broken(front, api, talk.request(api, True))
    assert b"first words" in got
    assert talk.last_error(api, got)


@PAIR
def test_an_error_in_the_middle_of_a_stream_is_passed_on_in_the_clients_words(front, server, api):
    error = b'data: {"error":{"code":500,"message":"out of \\"memory\\"","type":"server_error"}}\n\n'
    if server == "ollama_chat":
        error = b'{"error":"out of \\"memory\\""}\n'
    front.will(talk.streaming(server, [*talk.words(server, "first words"), error]))
    got = talk.broken(front, api, talk.request(api, True))
    assert b"first words" in got
    assert 'out of "memory"' in talk.last_error(api, got)


NONSENSE = {"no JSON": b"<html>", "half of it": b'{"choices":[{"message":{"content":"x', "another document": b'{"ok":true}', "nothing": b"",
            "a list": b"[]", "a number": b"1", "far too deep": b'{"choices":' + b"[" * 100_000}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
@PAIR
def test_a_document_that_makes_no_sense_is_a_bad_gateway(front, server, api, body):
    front.will(lambda exchange: exchange.reply(200, body, [("Content-Type", "application/json")]))
    reply = talk.ask(front, api, talk.request(api, False))
    assert reply.status == 502
    assert "mock" in talk.sentence(api, reply.json())


@PAIR
@pytest.mark.parametrize("status", [400, 403, 404, 413, 422, 429, 500, 501, 503, 529])
def test_a_servers_refusal_keeps_its_status_and_its_sentence(front, server, api, status):
    inside = '{"error":{"code":%d,"message":"No \\"such\\" é thing","type":"odd_error","param":null}}' % status
    body = inside.encode() if server == "chat" else json.dumps({"error": 'No "such" é thing'}).encode()
    front.will(lambda exchange: exchange.reply(status, body, [("Content-Type", "application/json"), ("Retry-After", "7")]))
    for stream in (False, True):
        reply = talk.ask(front, api, talk.request(api, stream))
        assert reply.status == status
        assert 'No "such" é thing' in talk.sentence(api, reply.json())
        assert (reply.get("Retry-After"), reply.get("Content-Type").split(";")[0]) == ("7", "application/json")


NOBODYS = {"nothing": (b"", "418"), "text": (b"upstream says no", "upstream says no"), "a page": (b"<html><h1>Bad</h1></html>", "418"),
           "null": (b'{"error":null}', "418"), "a detail": (b'{"detail":"who knows"}', "who knows")}


@PAIR
@pytest.mark.parametrize("body, told", NOBODYS.values(), ids=NOBODYS)
def test_a_refusal_in_nobodys_words_is_one_in_the_clients(front, server, api, body, told):
    front.will(lambda exchange: exchange.reply(418, body))
    reply = talk.ask(front, api, talk.request(api, True))
    assert reply.status == 418
    assert told in talk.sentence(api, reply.json())


@PAIR
@pytest.mark.parametrize("leave", ["close", "reset"])
@pytest.mark.parametrize("when", ["before the first byte", "in mid-stream"])
def test_a_client_that_leaves_is_felt_by_the_server(front, server, api, leave, when):
    gone = threading.Event()

    def script(exchange):
        if when == "in mid-stream":
            exchange.start_chunks(talk.TYPES[server])
            for piece in talk.words(server, "first words"):
                exchange.chunk(piece)
        if exchange.wait_gone():
            gone.set()

    front.will(script)
    client = talk.send(Connection(front.url), front, api, talk.request(api, True))
    front.mock.wait_for(PATHS[server])
    if when == "in mid-stream":
        client.until(b"first words")
    getattr(client, leave)()
    wait_event(gone)


@pytest.mark.parametrize("server, api", [("chat", "messages"), ("chat", "ollama_chat"), ("ollama_chat", "responses")])
def test_a_client_that_does_not_read_holds_the_server_back(front, server, api):
    """The server must come to a halt long before it has sent 200 MB, and the gateway must not keep what it sent."""
    sent, halted = [0], threading.Event()
    piece = talk.words(server, "x" * 1000)[-1] * 60

    def script(exchange):
        exchange.start_chunks(talk.TYPES[server])
        exchange.stream.sock.settimeout(2)
        try:
            for _ in range(3400):
                exchange.chunk(piece)
                sent[0] += len(piece)
        except TimeoutError:
            halted.set()
        exchange.close()

    before = peak_memory_mb(front)
    front.will(script)
    with talk.send(Connection(front.url), front, api, talk.request(api, True)):
        wait_event(halted, 60)
    assert sent[0] < 64 * 1024 * 1024
    assert peak_memory_mb(front) - before < (120 if is_sanitized() else 40)


def peak_memory_mb(front):
    with open(f"/proc/{front.gateway.process.pid}/status") as status:
        return int(status.read().split("VmHWM:")[1].split()[0]) // 1024


LARGE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(20_000_000)).decode()
IMAGES = {
    ("chat", "messages"): ({"messages": [{"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": LARGE}}]}]}),
    ("chat", "responses"): ({"input": [{"role": "user", "content": [
        {"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{LARGE}"}]}]}),
    ("chat", "ollama_chat"): ({"messages": [{"role": "user", "content": "", "images": [LARGE]}]}),
    ("ollama_chat", "chat"): ({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{LARGE}"}}]}]}),
}


@pytest.mark.parametrize("server, api", IMAGES, ids=[f"{api} of {server}" for server, api in IMAGES])
def test_a_large_image_arrives_whole_and_is_not_kept_many_times(gateway, new_mock, server, api):
    front = Front(gateway, new_mock(models=["mock"]), server)
    front.will(lambda exchange: exchange.reply(200, talk.whole(server, "seen"), [("Content-Type", "application/json")]))
    before = peak_memory_mb(front)
    reply = talk.ask(front, api, talk.request(api, False, **IMAGES[server, api]))
    assert reply.status == 200, reply.text[:500]
    message = front.mock.at(PATHS[server])[0].request.json()["messages"][0]
    image = message["images"][0] if server == "ollama_chat" else next(
        part["image_url"]["url"] for part in message["content"] if part["type"] == "image_url").split(",", 1)[1]
    assert image == LARGE
    assert peak_memory_mb(front) - before < (640 if is_sanitized() else 160)
