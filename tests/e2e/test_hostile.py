"""Hostile requests over raw sockets: what two parsers could read differently is refused and goes no further."""
import pytest
from hostile_requests import ALL, CHUNKED, KEY, PASSED, SECOND, START
from support.raw import Connection, Incomplete, ask, bearer, request_bytes


@pytest.fixture(scope="module")
def front(upstream, module_gateway):
    return module_gateway({"mock": upstream.service(body_limit="1MB")})


def filled(front, data):
    return data.replace(KEY, b"Authorization: Bearer " + front.client_key.encode() + b"\r\n")


def whole_requests(front, upstream):
    """What has reached the upstream, counted when a probe sent afterwards has arrived."""
    assert ask(front.url, "GET", "/mock/probe", bearer(front.client_key)).status == 200
    return [exchange for exchange in upstream.requests if exchange.path != "/probe"]


@pytest.mark.parametrize("name", ALL)
def test_a_request_is_read_in_one_way_or_not_at_all(front, upstream, name):
    data, allowed = ALL[name]
    before = len(whole_requests(front, upstream))
    with Connection(front.url) as client:
        client.send_some(filled(front, data))
        reply = client.response()
        assert reply.status in allowed, reply.text
        if allowed is not PASSED:
            assert reply.get("Connection", "").lower() == "close"
            assert client.closed()
    arrived = len(whole_requests(front, upstream)) - before
    assert arrived == (1 if allowed is PASSED else 0)


SMUGGLERS = {
    "xchunked": START + b"Transfer-Encoding: xchunked\r\n\r\n" + SECOND,
    "chunked, gzip": START + b"Transfer-Encoding: chunked, gzip\r\n\r\n" + SECOND,
    "length before chunked": START + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "chunked before length": START + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + SECOND,
    "space before the colon": START + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "tab before the coding": START + b"Content-Length: 5\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + SECOND,
    "two lengths": START + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SECOND) + SECOND,
    "folded length": START + b"Content-Length:\r\n 0\r\n\r\n" + SECOND,
    "bare CR hides a length": START + b"X: y\rContent-Length: 0\r\n\r\n" + SECOND,
    "chunk with a bare LF": CHUNKED + b"0\n\n" + SECOND,
    "chunk size that overflows": CHUNKED + b"100000000000000000\r\n\r\n" + SECOND,
    "broken chunk": CHUNKED + b"zz\r\n\r\n" + SECOND,
    "HTTP/1.0 with a coding": b"POST /mock/case HTTP/1.0\r\n" + KEY + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
}


@pytest.mark.parametrize("name", SMUGGLERS)
def test_no_second_request_is_smuggled(front, upstream, name):
    with Connection(front.url) as client:
        client.send_some(filled(front, SMUGGLERS[name]))
        assert client.response().status in (400, 501)
        assert client.closed()
    whole_requests(front, upstream)
    assert upstream.quiet("/smuggled")


def test_a_request_inside_a_body_stays_inside(front, upstream):
    inner = SECOND.replace(KEY, b"")
    for method in ("GET", "POST", "DELETE", "HEAD"):
        with Connection(front.url) as client:
            client.send(request_bytes(method, "/mock/inside", bearer(front.client_key), inner))
            assert client.response(method).status == 200
        assert upstream.at("/inside")[-1].request.body == inner
    assert upstream.quiet("/smuggled")


def test_a_pipelined_request_needs_a_key_of_its_own(front, upstream):
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/first", bearer(front.client_key)) + SECOND.replace(KEY, b""))
        assert client.response().status == 200
        assert client.response().status == 401
    assert upstream.quiet("/smuggled")


def test_a_body_that_breaks_off_is_never_a_whole_request(front, upstream):
    for framing in (b"Content-Length: 10\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"):
        with Connection(front.url) as client:
            client.send(filled(front, b"POST /mock/broken HTTP/1.1\r\nHost: h\r\n" + KEY + framing))
            client.sock.shutdown(1)
            with pytest.raises(Incomplete):
                while True:
                    assert client.response().status >= 400
    whole_requests(front, upstream)
    assert upstream.at("/broken") == []


@pytest.mark.parametrize("data", [b"Content-Length: 2000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"x" * 65536 + b"\r\n"],
                         ids=["by its length", "as it comes"])
def test_a_body_over_the_limit_is_refused(front, upstream, data):
    head, body = data.split(b"\r\n\r\n", 1)
    with Connection(front.url) as client:
        client.send_some(filled(front, b"POST /mock/large HTTP/1.1\r\nHost: h\r\n" + KEY + head + b"\r\n\r\n"))
        for _ in range(20 if body else 0):
            client.send_some(body)
        reply = client.response("POST")
        assert reply.status == 413
        assert "body_limit" in reply.json()["error"]["message"]
    whole_requests(front, upstream)
    assert upstream.at("/large") == []


def test_a_slash_in_disguise_stays_below_the_prefix(front, upstream):
    """Model names hold slashes, so %2F alone is fine; it must arrive as it was written."""
    reply = ask(front.url, "GET", "/mock/models/org%2Fname", bearer(front.client_key))
    assert reply.status == 200
    assert upstream.at("/models/org")[-1].path == "/models/org%2Fname"


@pytest.mark.parametrize("target", ["/mock%2fcase", "/%6dock/case", "/MOCK/case", "/mockcase"])
def test_what_only_looks_like_a_prefix_is_none(front, upstream, target):
    assert ask(front.url, "GET", target, bearer(front.client_key)).status in (400, 404)


def test_an_error_says_what_is_wrong(front):
    with Connection(front.url) as client:
        client.send(filled(front, b"GET /v1/models HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n"))
        reply = client.response()
    assert reply.get("Content-Type").startswith("application/json")
    assert "twice" in reply.json()["error"]["message"]


def test_empty_lines_before_a_request_are_no_request(front, upstream):
    with Connection(front.url) as client:
        client.send(b"\r\n" + request_bytes("GET", "/mock/after", bearer(front.client_key)))
        assert client.response().status in (200, 400)
