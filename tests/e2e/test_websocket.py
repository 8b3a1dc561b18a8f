"""WebSocket upgrades through the gateway, against a real WebSocket server and client."""
import threading

import pytest
import websockets.sync.client
import websockets.sync.server
from support.raw import Connection, request_bytes
from websockets.exceptions import ConnectionClosed, InvalidStatus


@pytest.fixture(scope="module")
def echo_server():
    def echo(connection):
        for message in connection:
            connection.send(message)
            if message == "bye":
                connection.close(4001, "told to")

    with websockets.sync.server.serve(echo, "127.0.0.1", 0, max_size=None,
                                         select_subprotocol=lambda _, offered: next(iter(offered), None)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield "http://127.0.0.1:%d" % server.socket.getsockname()[1]
        server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def front(echo_server, module_gateway):
    return module_gateway({"echo": {"url": echo_server, "kind": "plain"}})


def connect(front, key=None, **more):
    headers = {"Authorization": f"Bearer {key or front.client_key}"}
    return websockets.sync.client.connect(front.url.replace("http", "ws") + "/echo/socket?x=1", additional_headers=headers,
                                          max_size=None, proxy=None, **more)


def test_messages_go_both_ways(front):
    with connect(front) as socket:
        for message in ("hello", b"\x00\xff" * 100, "\U0001f308" * 5000, b"x" * 3_000_000, ""):
            socket.send(message)
            assert socket.recv(timeout=20) == message


def test_pings_are_answered_by_the_server(front):
    with connect(front) as socket:
        assert socket.ping().wait(20)


def test_the_subprotocol_is_agreed_with_the_server(front):
    with connect(front, subprotocols=["chat"]) as socket:
        assert socket.subprotocol == "chat"


def test_the_servers_close_reaches_the_client(front):
    with connect(front) as socket:
        socket.send("bye")
        assert socket.recv(timeout=20) == "bye"
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(timeout=20)
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4001, "told to")


def test_a_wrong_key_does_not_upgrade(front):
    with pytest.raises(InvalidStatus) as caught:
        connect(front, key="ahk_wrong")
    assert caught.value.response.status_code == 401


def test_bytes_after_an_upgrade_flow_raw_both_ways(gateway, mock):
    """Any protocol: what follows the 101 is not HTTP and is passed on as it comes, also the part right behind the head."""
    def tunnel(exchange):
        exchange.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: strange\r\n\r\nfirst")
        while data := exchange.receive():
            exchange.send(data.upper())
        exchange.open = False

    mock.on("/up", tunnel)
    front = gateway({"mock": mock.service()})
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/up", [("Connection", "Upgrade"), ("Upgrade", "strange"),
                                                      ("Authorization", f"Bearer {front.client_key}")]))
        reply = client.head()
        assert (reply.status, reply.get("Upgrade").lower()) == (101, "strange")
        assert client.exactly(5) == b"first"
        client.send(b"get / http\r\n\r\n")
        assert client.exactly(14) == b"GET / HTTP\r\n\r\n"
    seen = mock.at("/up")[0].request
    assert (seen.get("Upgrade"), seen.get("Connection").lower()) == ("strange", "upgrade")
    mock.wait_open_connections(0)


def test_an_upgrade_that_the_server_declines_is_an_ordinary_reply(gateway, mock):
    mock.on("/up", lambda exchange: exchange.reply(426, b"no", reason="Upgrade Required"))
    front = gateway({"mock": mock.service()})
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/up", [("Connection", "Upgrade"), ("Upgrade", "websocket"),
                                                      ("Authorization", f"Bearer {front.client_key}")]))
        reply = client.response()
        assert (reply.status, reply.body) == (426, b"no")
