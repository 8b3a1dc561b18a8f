"""Clients that leave, dribble or hoard: their upstream requests end, their connections close, nobody else notices."""
import json
import threading

import pytest
from support import processes
from support.load import Load
from support.mock_upstream import PIECES, wait_event
from support.raw import Connection, ask, bearer, request_bytes

BODY = json.dumps({"model": "mock", "messages": [], "stream": True}).encode()


def test_leaving_in_the_head_disturbs_nothing(gateway, mock):
    front = gateway({"mock": mock.service()})
    for piece in (b"", b"GE", b"GET /mock/x HTTP/1.1\r\nHost: h\r\nX-"):
        with Connection(front.url) as client:
            client.send(piece)
    assert ask(front.url, "GET", "/mock/y", bearer(front.client_key)).status == 200
    assert mock.quiet("/x")


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_leaving_in_the_body_ends_the_upstream_request(gateway, mock, leave):
    arrived, gone = threading.Event(), threading.Event()

    def script(exchange):
        exchange.stream.exactly(1000)
        arrived.set()
        if exchange.wait_gone():
            gone.set()

    mock.on("/x", script, early=True)
    front = gateway({"mock": mock.service()})
    client = Connection(front.url)
    client.send(request_bytes("POST", "/mock/x", {**bearer(front.client_key), "Content-Length": "100000"}) + b"x" * 50_000)
    wait_event(arrived)
    getattr(client, leave)()
    wait_event(gone)


@pytest.mark.parametrize("path", ["/mock/x", "/v1/chat/completions"])
@pytest.mark.parametrize("leave", ["close", "reset"])
def test_leaving_before_the_first_byte_cancels_at_the_upstream(gateway, mock, leave, path):
    gone = threading.Event()
    mock.on("/", lambda exchange: exchange.wait_gone() and gone.set())
    front = gateway({"mock": mock.service()})
    client = Connection(front.url)
    client.send(request_bytes("POST", path, bearer(front.client_key), BODY))
    mock.wait_for("/")
    getattr(client, leave)()
    wait_event(gone)


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_leaving_in_mid_stream_cancels_at_the_upstream(gateway, mock, leave):
    gone = threading.Event()

    def script(exchange):
        exchange.start_chunks()
        exchange.chunk(PIECES[0])
        if exchange.wait_gone():
            gone.set()

    mock.on("/", script)
    front = gateway({"mock": mock.service()})
    client = Connection(front.url)
    client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), BODY))
    assert client.head().status == 200
    assert client.chunk()[0] == PIECES[0]
    getattr(client, leave)()
    wait_event(gone)


def test_a_client_that_left_is_in_the_access_log(gateway, mock):
    mock.on("/", lambda exchange: exchange.wait_gone())
    front = gateway({"mock": mock.service()})
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/mock/left", bearer(front.client_key), BODY))
        mock.wait_for("/left")
    assert front.wait_access(lambda row: row["request_uri"] == "/mock/left")["status"] == 499


def test_fifty_clients_that_leave_free_fifty_upstream_connections(gateway, mock):
    mock.on("/", lambda exchange: exchange.wait_gone())
    front = gateway({"mock": mock.service()})
    clients = [Connection(front.url) for _ in range(50)]
    for client in clients:
        client.send(request_bytes("POST", "/mock/many", bearer(front.client_key), BODY))
    mock.wait_for("/many", 50)
    for client in clients:
        client.close()
    mock.wait_open_connections(0)


SLOW = {
    "dribbles a head": b"GET /mock/slow HTTP/1.1\r\nHost: h\r\nX-Slow: ",
    "dribbles a body": b"POST /mock/slow HTTP/1.1\r\nHost: h\r\n%sContent-Length: 1000\r\n\r\nx",
    "says nothing": b"",
    "idles after a request": None,
}


@pytest.mark.parametrize("kind", SLOW)
def test_500_slow_clients_are_closed_while_others_are_served(gateway, mock, kind):
    front = gateway({"mock": mock.service()}, {"header_timeout": "2s", "body_timeout": "2s", "idle_timeout": "2s",
                                                "connections_per_client": 2000})
    key = f"Authorization: Bearer {front.client_key}\r\n".encode()
    slow = [Connection(front.url, timeout=30) for _ in range(500)]
    with Load(front, "/mock/fast", workers=2) as load:
        for client in slow:
            if SLOW[kind] is None:
                client.send(request_bytes("GET", "/mock/once", bearer(front.client_key)))
                assert client.response().status == 200
            else:
                client.send(SLOW[kind].replace(b"%s", key))
        load.more(50)
        for client in slow:
            closed_in_time(client)
        load.more(50)
    assert load.failures == []
    for client in slow:
        client.close()


def closed_in_time(client):
    """With or without a 408, the connection ends; the socket's own timeout turns a failure into an error."""
    try:
        while client.sock.recv(65536):
            pass
    except ConnectionResetError:
        pass


def test_a_byte_now_and_then_does_not_keep_a_head_alive(gateway, mock):
    front = gateway({"mock": mock.service()}, {"header_timeout": "1s"})
    with Connection(front.url) as client:
        client.send(b"GET /mock/x HTTP/1.1\r\nHost: h\r\nX-Slow: ")

        def ended():
            client.send_some(b"a")
            client.sock.settimeout(0.1)
            try:
                return client.sock.recv(65536) is not None
            except TimeoutError:
                return False
            except OSError:
                return True

        processes.wait_until(ended, "the dribbling client to be closed", 15)


def test_a_client_address_has_so_many_connections_and_no_more(gateway, mock):
    front = gateway({"mock": mock.service()}, {"connections_per_client": 5})
    kept = [Connection(front.url, source="127.0.0.2") for _ in range(5)]
    for client in kept:
        client.send(request_bytes("GET", "/mock/x", bearer(front.client_key)))
        assert client.response().status == 200
    with Connection(front.url, source="127.0.0.2") as sixth:
        sixth.send_some(request_bytes("GET", "/mock/sixth", bearer(front.client_key)))
        refused = sixth.rest_or_reset()
    assert not refused or refused.split(b" ")[1] in (b"429", b"503")
    assert mock.quiet("/sixth")
    with Connection(front.url, source="127.0.0.3") as neighbour:
        neighbour.send(request_bytes("GET", "/mock/x", bearer(front.client_key)))
        assert neighbour.response().status == 200
    kept[0].close()
    processes.wait_until(lambda: served(front, "127.0.0.2"), "a freed place to be usable")
    for client in kept:
        client.close()


def served(front, source):
    with Connection(front.url, source=source) as client:
        client.send_some(request_bytes("GET", "/mock/x", {**bearer(front.client_key), "Connection": "close"}))
        return b" 200 " in client.rest_or_reset()
