"""Bodies that stop, stall, overtake their replies or cannot be kept: each fault is answered, and nothing is sent twice unseen."""
import json
import os
import signal
import threading
import time

import pytest
from support import processes
from support.raw import Connection, ask, bearer, request_bytes

FAR = "60s"    # a body_timeout that no test may have to wait for
SOON = 15      # seconds: what must not wait for it
HUGE = 90_000_000  # announced; never sent whole


# ---- the client falls silent

def test_half_a_head_is_answered_with_408(gateway, mock):
    front = gateway({"mock": mock.service()}, {"header_timeout": "1s"})
    with Connection(front.url) as client:
        client.send(b"GET /mock/x HTTP/1.1\r\nHost: h\r\nX-Half: ")
        assert client.response().status == 408
        assert client.rest() == b""
    assert mock.quiet("/x")


@pytest.mark.parametrize("path", ["/mock/x", "/v1/chat/completions"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_half_a_body_is_answered_with_408(gateway, mock, path, framing):
    front = gateway({"mock": mock.service()}, {"body_timeout": "1s"})
    headers, half = {"Content-Length": "100"}, b'{"model":"mock",'
    if framing == "chunked":
        headers, half = {"Transfer-Encoding": "chunked"}, b"40\r\n" + half
    with Connection(front.url) as client:
        client.send(request_bytes("POST", path, {**bearer(front.client_key), **headers}) + half)
        reply = client.response("POST")
        assert reply.status == 408
        assert "body" in reply.json()["error"]["message"]
        assert client.rest() == b""
    assert front.wait_access(lambda row: row["request_uri"] == path)["status"] == 408
    mock.wait_open_connections(0)
    assert not mock.at("/"), "half a request reached the server as a whole one"


# ---- replies that overtake the body

@pytest.mark.parametrize("path,size", [("/mock/x", 60_000), ("/v1/chat/completions", 2_000_000)])
def test_an_interim_reply_on_a_kept_connection_does_not_stop_the_upload(gateway, mock, path, size):
    hinted = threading.Event()

    def script(exchange):
        exchange.send(b"HTTP/1.1 103 Early Hints\r\nLink: </style>\r\n\r\n")
        hinted.set()
        exchange.read_body()
        exchange.got = exchange.request.body
        exchange.reply(200, b"done")

    mock.on(path.removeprefix("/mock"), script, early=True)
    front = gateway({"mock": mock.service()})
    body = b'{"model":"mock","pad":"' + os.urandom(size // 2).hex().encode() + b'"}'
    interim = []
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/warm", bearer(front.client_key)))
        assert client.response().status == 200
        client.send(request_bytes("POST", path, {**bearer(front.client_key), "Content-Length": str(len(body))}) + body[:9000])
        assert hinted.wait(SOON)
        for at in range(9000, len(body), size // 50):  # many pieces, so that the gateway has occasion to stop
            client.send(body[at:at + size // 50])
        reply = client.response("POST", interim)
    assert (reply.status, reply.body) == (200, b"done")
    assert [(message.status, message.get("Link")) for message in interim] == [(103, "</style>")]
    assert mock.connections == 1, "the upload was to go over the kept connection"
    assert mock.partial[-1].got == body


def send_until_stuck(client):
    """Sends for as long as anything is taken; how many bytes went."""
    sent = 0
    client.sock.settimeout(1)
    try:
        while True:
            sent += client.sock.send(b"x" * 65536)
    except TimeoutError:
        client.sock.settimeout(SOON)
        return sent


@pytest.mark.parametrize("when", ["at once", "when the upload is stuck"])
@pytest.mark.parametrize("path", ["/mock/x", "/v1/chat/completions"])
def test_an_early_refusal_reaches_a_client_that_still_uploads(gateway, mock, path, when):
    stuck, done = threading.Event(), threading.Event()

    def script(exchange):
        if when != "at once":
            stuck.wait(SOON)
        exchange.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
        done.wait(2 * SOON)  # neither reads nor closes
        exchange.close()

    mock.on(path.removeprefix("/mock"), script, early=True)
    front = gateway({"mock": mock.service()}, {"body_timeout": FAR})
    with Connection(front.url, timeout=SOON) as client:
        client.send(request_bytes("POST", path, {**bearer(front.client_key), "Content-Length": str(HUGE)}) + b'{"model":"mock","pad":"')
        if when == "at once":
            upload = threading.Thread(target=client.send_some, args=(b"x" * (HUGE // 2),), daemon=True)
            upload.start()
        else:
            assert send_until_stuck(client) < HUGE // 2
            stuck.set()
        reply = client.response("POST")
        done.set()
    assert (reply.status, reply.body) == (413, b"big")
    assert mock.connections == 1 and not mock.at("/")


# ---- clients that leave while nothing moves

def kernel_row(own, other):
    """(state, unread bytes) of the connection from port `own` to port `other`, as the kernel has it; None when there is none."""
    with open("/proc/net/tcp") as table:
        for fields in (line.split() for line in list(table)[1:]):
            if int(fields[1].split(":")[1], 16) == own and int(fields[2].split(":")[1], 16) == other:
                return fields[3], int(fields[4].split(":")[1], 16)
    return None


def upload_until_unread(client, front):
    """Sends until the gateway leaves bytes in its kernel's buffer, all of ours being there: its reads will not tell it what follows."""
    ours, theirs = client.sock.getsockname()[1], int(front.address.rsplit(":", 1)[1])
    while True:
        client.send(b"x" * 65536)
        try:
            processes.wait_until(lambda: kernel_row(theirs, ours)[1] == 0, "the gateway to read on", 1)
        except TimeoutError:
            return


def talks_to(mock):
    """True while the gateway keeps a connection to the mock, going by the gateway's side: the mock is not reading."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in list(table)[1:]]
    established = "01"
    return any(int(row[2].split(":")[1], 16) == mock.port and row[3] == established for row in rows)


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_client_that_leaves_a_stuck_upload_frees_the_server(gateway, mock, leave):
    done = threading.Event()

    def script(exchange):
        done.wait(4 * SOON)
        exchange.close()

    mock.on("/x", script, early=True)
    front = gateway({"mock": mock.service()}, {"body_timeout": FAR})
    client = Connection(front.url)
    client.send(request_bytes("POST", "/mock/x", {**bearer(front.client_key), "Content-Length": str(HUGE)}))
    upload_until_unread(client, front)
    assert talks_to(mock)
    getattr(client, leave)()
    try:
        processes.wait_until(lambda: not talks_to(mock), "the connection to the server to end", SOON)
        assert front.wait_access(lambda row: row["request_uri"] == "/mock/x", SOON)["status"] == 499
    finally:
        done.set()


# ---- bodies that are kept

def multipart(size):
    """The file before the model, so that all of the file is read before it is known where it goes."""
    body = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + b"a" * size +
            b'\r\n--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nmock\r\n--b--\r\n')
    return "/v1/audio/transcriptions", "multipart/form-data; boundary=b", body


def late_model(size):
    return "/v1/chat/completions", "application/json", b'{"messages":"' + b"a" * size + b'","model":"mock"}'


KEPT = {"a recording": (multipart, "transcription"), "a long talk": (late_model, "openai")}


@pytest.mark.parametrize("name", KEPT)
def test_routing_may_keep_more_of_a_body_than_a_retry(gateway, new_mock, name):
    make, kind = KEPT[name]
    mock = new_mock(models=["mock"], kind=kind)
    front = gateway({"mock": mock.service()}, {"retry_body_limit": "64KB"})
    path, content_type, body = make(2_000_000)
    assert ask(front.url, "POST", path, {**bearer(front.client_key), "Content-Type": content_type}, body).status == 200
    assert mock.at(path)[0].request.body == body
    assert not list(front.folder.rglob("*spool*/*")), "a spool file was left behind"


@pytest.mark.parametrize("name", KEPT)
def test_a_body_that_cannot_be_kept_names_the_setting(gateway, new_mock, name):
    make, kind = KEPT[name]
    mock = new_mock(models=["mock"], kind=kind)
    front = gateway({"mock": mock.service()}, {"spool_dir": "/proc"})  # where no file can be made, not even by root
    path, content_type, body = make(2_000_000)
    reply = ask(front.url, "POST", path, {**bearer(front.client_key), "Content-Type": content_type}, body)
    assert reply.status == 500
    assert "spool_dir" in reply.json()["error"]["message"]
    assert mock.quiet(path)
    small = make(100)[2]
    assert ask(front.url, "POST", path, {**bearer(front.client_key), "Content-Type": content_type}, small).status == 200


# ---- a model that is named twice

def chunks(data, size=50_000):
    pieces = [data[at:at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("name", [b"model", b"mod\\u0065l"])
@pytest.mark.parametrize("distance", [100_000, 3_000_000])
def test_a_second_model_far_behind_the_first_never_completes_a_request(gateway, mock, distance, name, framing):
    """The server might believe the second one, which nobody checked."""
    front = gateway({"mock": mock.service()})
    body = b'{"model":"mock","pad":"' + b"x" * distance + b'","' + name + b'":"other"}'
    headers, sent = ({"Transfer-Encoding": "chunked"}, chunks(body)) if framing == "chunked" else ({}, body)
    reply = ask(front.url, "POST", "/v1/chat/completions", {**bearer(front.client_key), **headers}, sent)
    assert reply.status == 400
    assert "model" in reply.json()["error"]["message"]
    mock.wait_open_connections(0)
    assert not mock.at("/v1/chat")


# ---- kept connections that die

def dying_once(mock, path, pause=0.0):
    """The first request to `path` is read and its connection closed; later ones are answered. Gives the list of their bodies."""
    seen = []

    def script(exchange):
        seen.append(exchange.request.body)
        if len(seen) > 1:
            return exchange.reply(200, b"again")
        time.sleep(pause)
        return exchange.close()

    mock.on(path, script)
    return seen


def after_a_kept_connection(front, method, path, body):
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/warm", bearer(front.client_key)))
        assert client.response().status == 200
        client.send(request_bytes(method, path, bearer(front.client_key), body))
        return client.response(method)


@pytest.mark.parametrize("method,body,sent,status", [("POST", b"pay once", 1, 502), ("PATCH", b"add one", 1, 502),
                                                     ("GET", b"", 2, 200), ("PUT", b"the same", 2, 200)])
def test_only_what_may_be_done_twice_is_sent_twice(gateway, mock, method, body, sent, status):
    seen = dying_once(mock, "/x")
    front = gateway({"mock": mock.service()})
    assert after_a_kept_connection(front, method, "/mock/x", body).status == status
    assert seen == [body] * sent


def test_a_server_that_dies_of_a_question_is_not_asked_again(gateway, mock):
    """It took longer than a connection needs to say that it had been closed before; the second is far beyond that."""
    seen = dying_once(mock, "/v1/chat", pause=1)
    front = gateway({"mock": mock.service()})
    reply = after_a_kept_connection(front, "POST", "/v1/chat/completions", b'{"model":"mock"}')
    assert (reply.status, len(seen)) == (502, 1)


def test_a_question_that_met_a_closed_connection_is_asked_again(gateway, mock):
    """The gateway is held while the server closes, so that it finds question and end together, the question first."""
    front = gateway({"mock": {**mock.service(), "models": ["mock"]}})  # a known model: no question of the gateway's own is under way
    for number in range(1, 6):
        with Connection(front.url) as client:
            client.send(request_bytes("GET", "/mock/warm", bearer(front.client_key)))
            assert client.response().status == 200
            front.hold()
            try:
                client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), b'{"model":"mock"}'))
                mock.cut_connections()
                mock.wait_open_connections(0)
            finally:
                front.signal(signal.SIGCONT)
            assert client.response("POST").status == 200
        assert len(mock.at("/v1/chat")) == number
