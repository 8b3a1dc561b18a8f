"""Requests of every shape: what the upstream receives is what the client sent, less the gateway's key."""
import hashlib
import json

import pytest
from support.mock_upstream import MockUpstream
from support.raw import HOP_BY_HOP, Connection, request_bytes

TARGETS = ["/case", "/case/", "/case?", "/case?a=1&b=%20%2F&c=[x]|", "/case/%41%C3%A9", "/case//double", "/case;v=1/x",
           "/case/a:b@c!$&'()*+,=~", "/case?url=http://x/../y", "/case/a.b/..c/...", "/case?q=%00%0d%0a", "/case/~%7E"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "M-SEARCH", "brew"]


@pytest.fixture(scope="module")
def upstream():
    with MockUpstream(models=["mock"]) as made:
        made.on("/", lambda exchange: exchange.reply(200, b"ok"))
        yield made


@pytest.fixture(scope="module")
def front(upstream, module_gateway):
    return module_gateway({"mock": upstream.service()})


def through(front, upstream, request, method="GET"):
    """Sends the bytes and gives the request as the upstream recorded it."""
    before = len(upstream.requests)
    with Connection(front.url, timeout=60) as client:
        client.send(request)
        reply = client.response(method)
    assert reply.status == 200, reply.text
    assert len(upstream.requests) == before + 1
    return upstream.requests[-1].request


def key_header(front):
    return ("Authorization", f"Bearer {front.client_key}")


def lines_without_hop(message):
    return [line for line in message.header_lines if line.split(b":")[0].decode().lower() not in HOP_BY_HOP]


@pytest.mark.parametrize("target", TARGETS)
def test_the_target_passes_as_it_was_written(front, upstream, target):
    got = through(front, upstream, request_bytes("GET", "/mock" + target, [key_header(front)]))
    assert got.first_line == f"GET {target} HTTP/1.1"


@pytest.mark.parametrize("method", METHODS)
def test_any_method_passes(front, upstream, method):
    got = through(front, upstream, request_bytes(method, "/mock/case", [key_header(front)], b"body"), method)
    assert got.first_line == f"{method} /case HTTP/1.1"
    assert got.body == b"body"


def test_the_prefix_alone_is_the_upstreams_root(front, upstream):
    assert through(front, upstream, request_bytes("GET", "/mock/", [key_header(front)])).first_line == "GET / HTTP/1.1"


def test_headers_keep_order_case_and_value(front, upstream):
    sent = [("host", "models.example:99"), ("X-one", "1"), ("x-ONE", "2"), ("ACCEPT", "a/b, c/d;q=0.1"), ("X-Empty", ""),
            ("User-Agent", "tester/1 (x; y)"), ("Cookie", "a=b; c=d"), ("Range", "bytes=2-3"), ("If-None-Match", 'W/"x"'),
            ("X-Forwarded-For", "192.0.2.1"), ("Origin", "http://here.example"), ("Accept-Encoding", "gzip, br")]
    request = request_bytes("GET", "/mock/case", [*sent, key_header(front)])
    got = through(front, upstream, request)
    wanted = [line for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:] if not line.startswith(b"Authorization")]
    wanted[0] = b"host: " + upstream.url.removeprefix("http://").encode()  # as in a direct request, spelled as it came
    assert lines_without_hop(got) == wanted


def test_header_values_pass_byte_for_byte(front, upstream):
    request = request_bytes("GET", "/mock/case", [("X-Name", "caf\xe9"), ("X-Sent", "a%0d%0aX-Injected: yes"), key_header(front)])
    got = through(front, upstream, request)
    assert b"X-Name: caf\xe9" in got.header_lines
    assert b"X-Sent: a%0d%0aX-Injected: yes" in got.header_lines
    assert got.get("X-Injected") is None


def test_hop_by_hop_and_connection_listed_headers_stop_here(front, upstream):
    got = through(front, upstream, request_bytes("GET", "/mock/case", [
        ("Connection", "keep-alive, X-Strip ,x-also"), ("Keep-Alive", "timeout=5"), ("X-Strip", "1"), ("X-Also", "2"),
        ("Proxy-Connection", "keep-alive"), ("TE", "trailers"), ("Proxy-Authorization", "Basic eDp5"), ("X-Stay", "3"),
        key_header(front)]))
    names = [name.lower() for name, _ in got.headers]
    assert "x-stay" in names
    gone = {"keep-alive", "x-strip", "x-also", "proxy-connection", "te", "proxy-authorization", "authorization"}
    assert gone.isdisjoint(names)


def test_a_connection_header_cannot_strip_what_the_framing_needs(front, upstream):
    """Connection: Content-Length, Host: a proxy that obeys makes the next parser read the body as a request."""
    request = request_bytes("POST", "/mock/case", [("Connection", "Content-Length, Host"), key_header(front)], b"body")
    with Connection(front.url) as client:
        client.send(request)
        status = client.response().status
    if status == 200:
        assert upstream.requests[-1].request.body == b"body"
        assert upstream.requests[-1].request.get("Host")
    else:
        assert status == 400


@pytest.mark.parametrize("headers", [
    [("X-API-Key", "KEY"), ("Authorization", "Bearer of-the-client")],
    [("Authorization", "Bearer of-the-client"), ("api-key", "KEY")],
])
def test_the_clients_own_authorization_passes_when_the_key_is_elsewhere(front, upstream, headers):
    got = through(front, upstream, request_bytes("GET", "/mock/case", [
        (name, value.replace("KEY", front.client_key)) for name, value in headers]))
    assert got.get("Authorization") == "Bearer of-the-client"
    assert got.get("X-API-Key") is None and got.get("api-key") is None


def chunks(*pieces, trailers=b""):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n" + trailers + b"\r\n"


def test_a_chunked_body_stays_chunked_and_whole(front, upstream):
    got = through(front, upstream, request_bytes("POST", "/mock/case", [("Transfer-Encoding", "chunked"), key_header(front)],
                                                 chunks(b"abc", b"d" * 70000, b"e")))
    assert got.chunked and got.get("Content-Length") is None
    assert got.body == b"abc" + b"d" * 70000 + b"e"


def test_trailers_of_a_request_pass(front, upstream):
    got = through(front, upstream, request_bytes("POST", "/mock/case", [
        ("Trailer", "X-Sum"), ("Transfer-Encoding", "chunked"), key_header(front)], chunks(b"abc", trailers=b"X-Sum: 9\r\n")))
    assert (got.body, got.trailers) == (b"abc", b"X-Sum: 9\r\n")


def test_an_old_clients_body_passes(front, upstream):
    got = through(front, upstream, request_bytes("POST", "/mock/case", [key_header(front)], b"body", version="1.0"))
    assert got.body == b"body"


def test_a_client_that_waits_to_be_asked_is_asked(front, upstream):
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/mock/case", [("Expect", "100-continue"), ("Content-Length", "4"), key_header(front)]))
        assert client.head().status == 100
        client.send(b"body")
        assert client.response().status == 200
    assert upstream.requests[-1].request.body == b"body"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_big_body_arrives_whole(front, upstream, framing):
    block = hashlib.sha256(b"x").digest() * 2048  # 64 KB
    headers = [key_header(front), ("Content-Length", str(len(block) * 480)) if framing == "length" else ("Transfer-Encoding", "chunked")]
    body = block * 480 if framing == "length" else chunks(*[block] * 480)
    got = through(front, upstream, request_bytes("PUT", "/mock/case", headers) + body, "PUT")
    assert hashlib.sha256(got.body).digest() == hashlib.sha256(block * 480).digest()


@pytest.mark.parametrize("place", ["root", "prefix"])
@pytest.mark.parametrize("size", [10, 60_000, 300_000, 5_000_000])
def test_a_json_body_passes_byte_for_byte(front, upstream, place, size):
    """White space, key order, escapes and numbers are the client's; below and above what is kept in memory."""
    body = b' {"z" : 1.0e0,\n\t"messages":[{"content":"' + b"\\u00e9/" * (size // 7) + b'"}], "model":"mock" ,"a":1.10}\n'
    target = "/v1/chat/completions" if place == "root" else "/mock/v1/chat/completions"
    got = through(front, upstream, request_bytes("POST", target, [key_header(front)], body))
    assert got.first_line == "POST /v1/chat/completions HTTP/1.1"
    assert got.body == body


def test_any_path_below_v1_that_names_a_model_goes_to_it(front, upstream):
    body = json.dumps({"model": "mock", "x": 1}).encode()
    got = through(front, upstream, request_bytes("POST", "/v1/some/new?thing=1", [key_header(front)], body))
    assert (got.first_line, got.body) == ("POST /v1/some/new?thing=1 HTTP/1.1", body)


def test_a_services_own_credentials_replace_the_key(upstream, module_gateway):
    front = module_gateway({"mock": upstream.service(key="sk-of-the-service")})
    got = through(front, upstream, request_bytes("GET", "/mock/case", [key_header(front)]))
    assert got.all("Authorization") == ["Bearer sk-of-the-service"]


def test_a_base_url_with_a_path_leads_below_it(upstream, module_gateway):
    front = module_gateway({"mock": upstream.service(url=upstream.url + "/below")})
    got = through(front, upstream, request_bytes("GET", "/mock/case?x=1", [key_header(front)]))
    assert got.first_line == "GET /below/case?x=1 HTTP/1.1"
