"""Replies of every shape: what a client gets through the gateway is what the upstream said, byte for byte."""
import threading

import pytest
from support import compare
from support.mock_upstream import sse, wait_event
from support.raw import Connection, request_bytes

JSON = b"Content-Type: application/json\r\n"
BIG = bytes(range(256)) * 80_000  # 20 MB

# name: (method, what the upstream sends)
REPLIES = {
    "a length": ("GET", b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 2\r\n\r\n{}"),
    "no body": ("POST", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "odd status and reason": ("GET", b"HTTP/1.1 299 Quite Odd!\r\nContent-Length: 1\r\n\r\nx"),
    "no reason": ("GET", b"HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx"),
    "an error": ("GET", b"HTTP/1.1 500 Internal Server Error\r\n" + JSON + b"Content-Length: 11\r\n\r\n{\"error\":1}"),
    "a redirect": ("GET", b"HTTP/1.1 302 Found\r\nLocation: /elsewhere?x=1\r\nContent-Length: 0\r\n\r\n"),
    "unauthorized by the upstream": ("GET", b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"),
    "headers twice and in odd case": ("GET", b"HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nX-EMPTY:\r\nx-oDD:  spaced  \r\nContent-Length: 1\r\n\r\nx"),
    "latin-1 in a header": ("GET", b"HTTP/1.1 200 OK\r\nX-Name: caf\xe9\r\nContent-Length: 1\r\n\r\nx"),
    "a range": ("GET", b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-3/10\r\nAccept-Ranges: bytes\r\nContent-Length: 2\r\n\r\ncd"),
    "no content": ("DELETE", b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"),
    "not modified": ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\n"),
    "head": ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1234\r\n\r\n"),
    "head of a chunked reply": ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "chunks": ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"),
    "chunks with extensions": ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n"),
    "trailers": ("GET", b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 900150983cd2\r\n\r\n"),
    "gzip": ("GET", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x00\xff"),
    "early hints": ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    "20 MB": ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BIG) + BIG),
    "allow": ("OPTIONS", b"HTTP/1.1 200 OK\r\nAllow: GET, POST\r\nContent-Length: 0\r\n\r\n"),
    "hop-by-hop headers": ("GET", b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nX-Stay: 1\r\nContent-Length: 1\r\n\r\nx"),
}
UNTIL_CLOSE = {
    "until the close": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it",
    "connection: close": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.fixture(scope="module")
def front(upstream, module_gateway):
    return module_gateway({"mock": upstream.service()})


def both(front, upstream, method, headers=(), version="1.1"):
    """The direct reply and the one through the gateway."""
    direct = compare.fetch(upstream.url, request_bytes(method, "/case", headers, version=version), method)
    key = [("Authorization", f"Bearer {front.client_key}")]
    through = compare.fetch(front.url, request_bytes(method, "/mock/case", [*headers, *key], version=version), method)
    return direct, through


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_passes_unchanged(front, upstream, name):
    method, reply = REPLIES[name]
    upstream.on("/case", lambda exchange: exchange.send(reply))
    direct, through = both(front, upstream, method)
    direct.headers = [pair for pair in direct.headers if pair[0] != "X-Hop"]
    assert compare.exact(through) == compare.exact(direct)
    assert [m.head for m in through.interim] == [m.head for m in direct.interim]


@pytest.mark.parametrize("name", UNTIL_CLOSE)
def test_a_reply_that_ends_with_the_connection_is_whole(front, upstream, name):
    def script(exchange):
        exchange.send(UNTIL_CLOSE[name])
        exchange.close()

    upstream.on("/case", script)
    direct, through = both(front, upstream, "GET")
    assert compare.exact(through) == compare.exact(direct)


@pytest.mark.parametrize("name", ["a length", "chunks", "no content", "trailers"])
def test_an_old_client_gets_the_same_body_without_chunks(front, upstream, name):
    method, reply = REPLIES[name]
    upstream.on("/case", lambda exchange: exchange.send(reply))
    direct, through = both(front, upstream, method)
    old = compare.fetch(front.url, request_bytes(method, "/mock/case", [("Authorization", f"Bearer {front.client_key}")],
                                                 version="1.0"), method)
    assert old.body == direct.body
    assert old.get("Transfer-Encoding") is None
    assert old.status == direct.status


def test_each_piece_leaves_as_it_arrives(front, upstream):
    """The second piece is sent only after the client has the first: a gateway that collects would hang here."""
    events = sse({"n": 1}, {"n": 2}, {"n": 3}, b"[DONE]")
    steps = [threading.Event() for _ in events]

    def script(exchange):
        exchange.start_chunks()
        for event, step in zip(events, steps):
            wait_event(step)
            exchange.chunk(event)
        exchange.end_chunks()

    upstream.on("/case", script)
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/mock/case", {"Authorization": f"Bearer {front.client_key}"}, b"{}"))
        for number, step in enumerate(steps):
            step.set()
            if number == 0:
                assert client.head().get("Content-Type") == "text/event-stream"
            assert client.chunk()[0] == events[number]
        assert client.chunk() == (b"", b"0\r\n\r\n")


def test_one_connection_carries_many_requests(front, upstream):
    upstream.on("/case", lambda exchange: exchange.reply(200, exchange.path.encode()))
    with Connection(front.url) as client:
        for number in range(50):
            client.send(request_bytes("GET", f"/mock/case/{number}", {"Authorization": f"Bearer {front.client_key}"}))
            assert client.response().text == f"/case/{number}"


def test_pipelined_requests_are_answered_in_order(front, upstream):
    upstream.on("/case", lambda exchange: exchange.reply(200, exchange.path.encode()))
    one = lambda n: request_bytes("GET", f"/mock/case/p{n}", {"Authorization": f"Bearer {front.client_key}"})
    with Connection(front.url) as client:
        client.send(one(1) + one(2) + one(3))
        assert [client.response().text for _ in range(3)] == ["/case/p1", "/case/p2", "/case/p3"]


def test_a_slow_reader_holds_the_upstream_back(front, upstream):
    """200 MB towards a client that does not read: the upstream must come to a halt long before it has sent them."""
    sent = [0]
    halted = threading.Event()

    def script(exchange):
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n")
        exchange.stream.sock.settimeout(2)
        try:
            for _ in range(3200):
                exchange.stream.sock.sendall(bytes(65536))
                sent[0] += 65536
        except TimeoutError:
            halted.set()
        exchange.close()

    upstream.on("/case", script)
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/case", {"Authorization": f"Bearer {front.client_key}"}))
        wait_event(halted, 60)
    assert sent[0] < 64 * 1024 * 1024
