"""Upstreams that do not speak HTTP properly: the client gets a 502 with a reason, never their confusion."""
import pytest
from support.raw import Connection, Incomplete, ask, bearer, request_bytes

OK = b"HTTP/1.1 200 OK\r\n"
REPLIES = {
    "no HTTP": b"hello\r\n\r\n",
    "another version": b"HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    "no status": b"HTTP/1.1 OK\r\nContent-Length: 1\r\n\r\nx",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 1\r\n\r\nx",
    "status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 1\r\n\r\nx",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    "length below zero": OK + b"Content-Length: -1\r\n\r\n",
    "unknown coding": OK + b"Transfer-Encoding: gzip\r\n\r\nx",
    "folded header": OK + b"X-A: 1\r\n folded\r\nContent-Length: 1\r\n\r\nx",
    "bare CR": OK + b"X-A: 1\rX-B: 2\r\nContent-Length: 1\r\n\r\nx",
    "NUL": OK + b"X-A: \x00\r\nContent-Length: 1\r\n\r\nx",
    "name with a space": OK + b"X A: 1\r\nContent-Length: 1\r\n\r\nx",
    "endless head": OK + b"X-A: 1\r\n" * 200_000,
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
}


@pytest.fixture(scope="module")
def front(upstream, module_gateway):
    return module_gateway({"mock": upstream.service()})


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_that_is_no_http_is_a_bad_gateway(front, upstream, name):
    def script(exchange):
        try:
            exchange.send(REPLIES[name])
        finally:
            exchange.close()

    upstream.on("/case", script)
    reply = ask(front.url, "POST", "/mock/case", bearer(front.client_key), b"{}")
    assert reply.status == 502
    assert reply.json()["error"]["message"]


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"2\r\nhixx\r\n0\r\n\r\n", b"2\nhi\n0\n\n", b"ffffffffffffffffff\r\nx"])
def test_a_reply_whose_chunks_are_broken_does_not_look_complete(front, upstream, chunks):
    def script(exchange):
        exchange.send(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" + chunks)
        exchange.close()

    upstream.on("/case", script)
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/case", bearer(front.client_key)))
        with pytest.raises(Incomplete):
            client.response()


def test_a_reply_framed_twice_is_framed_once_for_the_client(front, upstream):
    """RFC 9112 6.3: the coding counts and the length is dropped, or it is an error."""
    upstream.on("/case", lambda exchange: exchange.send(
        OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
    reply = ask(front.url, "GET", "/mock/case", bearer(front.client_key))
    assert reply.status == 502 or (reply.body, reply.get("Content-Length")) == (b"abc", None)


def test_what_an_upstream_says_unasked_reaches_nobody(front, upstream):
    """A second reply behind the first would be taken for the answer to the next request on that connection."""
    first = OK + b"Content-Length: 1\r\n\r\na"
    upstream.on("/poison", lambda exchange: exchange.send(first + OK + b"Content-Length: 6\r\n\r\npoison"))
    upstream.on("/clean", lambda exchange: exchange.reply(200, b"clean"))
    assert ask(front.url, "GET", "/mock/poison", bearer(front.client_key)).body == b"a"
    for _ in range(5):
        assert ask(front.url, "GET", "/mock/clean", bearer(front.client_key)).body == b"clean"


def test_a_body_of_a_head_reply_reaches_nobody(front, upstream):
    upstream.on("/poison", lambda exchange: exchange.send(OK + b"Content-Length: 6\r\n\r\npoison"))
    upstream.on("/clean", lambda exchange: exchange.reply(200, b"clean"))
    assert ask(front.url, "HEAD", "/mock/poison", bearer(front.client_key)).status == 200
    assert ask(front.url, "GET", "/mock/clean", bearer(front.client_key)).body == b"clean"
