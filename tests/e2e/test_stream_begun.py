"""Streams that the gateway has begun by itself: whatever happens then, what it wrote stays one reply, and events stay whole."""
import gzip
import json
import threading

import pytest
import talk
from support.mock_upstream import wait_event
from support.raw import Connection, Incomplete, bearer, request_bytes

COMMENT = b": keep-alive\n\n"
PATH = talk.PATHS["chat"]


@pytest.fixture
def front(gateway, mock):
    """A server's bytes go on as they come, halves of events too: nothing is asked for that would have to be taken out."""
    return gateway({"mock": mock.service(apis=["chat"], max_concurrent=2)}, {"stream_keepalive": "50ms", "stream_usage": "off"})


def headers(front, *more):
    return [*bearer(front.client_key).items(), ("Content-Type", "application/json"), *more]


def begin(front, *more, method="POST", **members):
    body = json.dumps(talk.request("chat", True, **members)).encode()
    return Connection(front.url).send(request_bytes(method, PATH, headers(front, *more), body))


def wait_comments(client, count=3):
    for _ in range(count):
        assert client.chunk()[0] == COMMENT


def rest_of(client):
    pieces = []
    while True:
        try:
            payload = client.chunk()[0]
        except Incomplete:
            return b"".join(pieces), False
        if not payload:
            return b"".join(pieces), True
        pieces.append(payload)


class Halves:
    """Answers the first request in two halves, once `first` and `second` are set; all others never."""

    def __init__(self, mock, halves, headers=()):
        self.first, self.second, self.end = threading.Event(), threading.Event(), threading.Event()
        self.halves, self.headers, self.turn = halves, headers, iter([True])
        mock.on(PATH, self.answer)

    def answer(self, exchange):
        if not next(self.turn, False):
            return wait_event(self.end)
        wait_event(self.first)
        exchange.start_chunks(headers=self.headers)
        exchange.chunk(self.halves[0])
        wait_event(self.second)
        exchange.chunk(self.halves[1])
        exchange.end_chunks()


def in_between(front, halves, client, half):
    """Half of the reply comes; comments that are due meanwhile have been due before the other half comes."""
    halves.first.set()
    got = b""
    while half not in got:
        got += client.chunk()[0]
    with begin(front) as clock:
        clock.head()
        wait_comments(clock, 4)
    halves.second.set()
    rest, whole = rest_of(client)
    halves.end.set()
    return got + rest, whole


def test_no_comment_comes_within_an_event(front, mock):
    halves = Halves(mock, (b'data: {"half":', b'1}\n\ndata: [DONE]\n\n'))
    with begin(front) as client:
        assert client.head().status == 200
        wait_comments(client)
        got, whole = in_between(front, halves, client, b'{"half":')
    assert whole and got.replace(COMMENT, b"") == b'data: {"half":1}\n\ndata: [DONE]\n\n'
    assert b'data: {"half":1}\n\n' in got


def test_an_error_does_not_end_up_within_an_event(front, mock):
    going_on = threading.Event()

    def break_off(exchange):
        wait_event(going_on)
        exchange.start_chunks()
        exchange.chunk(b'data: {"half":')
        exchange.close()

    mock.on(PATH, break_off)
    with begin(front) as client:
        client.head()
        wait_comments(client)
        going_on.set()
        got, whole = rest_of(client)
    assert not whole
    assert "broke off" in talk.last_error("chat", got)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_comments_come_between_events_however_lines_end(front, mock, line_end):
    halves = Halves(mock, (b"data: {}" + 2 * line_end, b"data: [DONE]" + 2 * line_end))
    halves.first.set()
    with begin(front) as client:
        assert client.head().status == 200
        assert client.chunk()[0].replace(COMMENT, b"") in (b"", b"data: {}" + 2 * line_end)
        got, whole = in_between(front, halves, client, COMMENT)
    assert whole and got.endswith(b"data: [DONE]" + 2 * line_end)


def test_nothing_comes_between_the_bytes_of_a_compressed_reply(front, mock):
    packed = gzip.compress(b"data: {}\n\ndata: [DONE]\n\n")
    halves = Halves(mock, (packed[:9], packed[9:]), [("Content-Encoding", "gzip")])
    halves.first.set()
    with begin(front, ("Accept-Encoding", "gzip")) as client:
        assert client.head().get("Content-Encoding") == "gzip"
        got, whole = in_between(front, halves, client, packed[:9])
    assert whole and got == packed


def test_a_compressed_reply_after_comments_is_an_error_and_no_nonsense(front, mock):
    halves = Halves(mock, (gzip.compress(b"data: {}\n\n"), b""), [("Content-Encoding", "gzip")])
    with begin(front, ("Accept-Encoding", "gzip")) as client:
        assert client.head().get("Content-Encoding") is None
        wait_comments(client)
        halves.first.set()
        got, whole = rest_of(client)
        halves.second.set()
    assert not whole
    assert "compressed" in talk.last_error("chat", got)


@pytest.mark.parametrize("method, more", [("HEAD", ()), ("POST", (("Connection", "Upgrade"), ("Upgrade", "websocket")))])
def test_who_cannot_be_sent_a_stream_gets_no_comments(front, mock, method, more):
    halves = Halves(mock, (b"", b""))
    with begin(front, *more, method=method) as client:
        mock.wait_for(PATH)
        with begin(front) as clock:
            clock.head()
            wait_comments(clock, 4)
        client.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.sock.recv(1)
        halves.first.set()
        halves.second.set()
        halves.end.set()


def test_a_body_that_is_refused_after_comments_is_refused_in_the_stream(front, mock):
    free = threading.Event()
    mock.on(PATH, lambda exchange: (wait_event(free), exchange.reply()))
    with begin(front) as first, begin(front) as second:
        mock.wait_for(PATH, 2)
        beginning = json.dumps(talk.request("chat", True, more=1))[:-1].encode()
        with Connection(front.url) as client:
            client.send(request_bytes("POST", PATH, headers(front, ("Transfer-Encoding", "chunked"))))
            client.send(b"%x\r\n%s\r\n" % (len(beginning), beginning))
            assert client.head().status == 200
            assert client.chunk()[0] == b": queued, place 1 of 1\n\n"
            free.set()
            client.send(b"this is no chunk\r\n")
            got, whole = rest_of(client)
        assert whole and "malformed" in talk.last_error("chat", got)
        assert first.head().status == second.head().status == 200
