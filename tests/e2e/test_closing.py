"""How connections end: a broken reply never looks whole, a whole one ends at once, and who has connected is served."""
import signal
import socket
import ssl
import threading
import time

import pytest
from support import processes
from support.raw import Connection, Incomplete, bearer, request_bytes
from test_tls import make_certificate

LINGER = 2.0  # seconds that plain connections wait for the client's end; nobody who reads to the end may feel them

BREAKS = {"reset": lambda exchange: exchange.reset(), "close": lambda exchange: exchange.close(),
          "silence": lambda exchange: exchange.wait_gone()}


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("content_type", ["text/plain", "text/event-stream"])
def test_a_stream_that_breaks_towards_an_old_client_ends_with_a_reset(gateway, mock, how, content_type):
    """To HTTP/1.0 the end of the connection is the end of the body: a clean one would say that all is here."""
    def script(exchange):
        exchange.start_chunks(content_type)
        exchange.chunk(b"half a sent")
        BREAKS[how](exchange)

    mock.on("/x", script)
    front = gateway({"mock": mock.service(idle_timeout="300ms")})
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/x", bearer(front.client_key), version="1.0"))
        with pytest.raises(Incomplete, match="reset"):
            client.rest()


def test_a_whole_stream_towards_an_old_client_ends_cleanly(gateway, mock):
    def script(exchange):
        exchange.start_chunks("text/plain")
        exchange.chunk(b"a whole sentence")
        exchange.end_chunks()

    mock.on("/x", script)
    front = gateway({"mock": mock.service()})
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/x", bearer(front.client_key), version="1.0"))
        reply = client.response()
        assert (reply.status, reply.body) == (200, b"a whole sentence")


@pytest.fixture
def secure(gateway, mock, tmp_path):
    make_certificate(tmp_path, "here")
    return gateway({"mock": mock.service()}, flags=["--tls-cert", str(tmp_path / "tls.crt"), "--tls-key", str(tmp_path / "tls.key")])


def read_to_close_notify(front, request):
    """All that comes, and the seconds from the first byte to the end; an end without close_notify raises."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port = front.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 20) as raw, \
            context.wrap_socket(raw, suppress_ragged_eofs=False) as client:
        client.sendall(request)
        got = client.recv(65536)
        began = time.monotonic()
        while piece := client.recv(65536):
            got += piece
        return got, time.monotonic() - began


LAST = {"a reply of the gateway": ("/healthz", "1.1", 200), "a refusal": ("/mock/x", "1.1", 401),
        "a reply of a server": ("/mock/whole", "1.1", 200), "a stream for an old client": ("/mock/stream", "1.0", 200)}


@pytest.mark.parametrize("name", LAST)
def test_tls_says_goodbye_right_after_the_last_reply(secure, mock, name):
    def stream(exchange):
        exchange.start_chunks("text/plain")
        exchange.chunk(b"hello")
        exchange.end_chunks()

    mock.on("/stream", stream)
    path, version, status = LAST[name]
    key = {} if status == 401 else bearer(secure.client_key)
    got, seconds = read_to_close_notify(secure, request_bytes("GET", path, {**key, "Connection": "close"}, version=version))
    assert got.startswith(b"HTTP/1.1 %d " % status)
    assert seconds < LINGER - 0.5


class ShortCalls:
    """Clients that connect, ask once and leave, until nobody listens any more; `broken` holds those who connected in vain."""

    def __init__(self, front, workers):
        self.front, self.answered, self.broken = front, 0, []
        self.request = request_bytes("GET", "/healthz", {"Connection": "close"})
        self.threads = [threading.Thread(target=self._call, daemon=True) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def _call(self):
        while True:
            try:
                client = Connection(self.front.address, timeout=10)
            except OSError:
                return
            with client:
                try:
                    client.send(self.request)
                    assert client.response().status == 200
                    self.answered += 1
                except (OSError, Incomplete, AssertionError) as problem:
                    self.broken.append(repr(problem))

    def join(self):
        for thread in self.threads:
            thread.join(60)


def test_whoever_has_connected_when_the_end_comes_is_served(gateway, mock):
    front = gateway({"mock": mock.service()})
    broken, answered = [], 0
    for _ in range(10):
        calls = ShortCalls(front, workers=24)
        processes.wait_until(lambda: calls.answered > 50, "the calls to flow")
        front.signal(signal.SIGTERM)
        calls.join()
        assert front.wait() == 0
        broken += calls.broken
        answered += calls.answered
        front.start()
    assert not broken, f"{len(broken)} of {len(broken) + answered}: {broken}"
