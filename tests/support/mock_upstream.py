"""A model server made of a bare socket: records requests byte for byte and misbehaves as told.

    with MockUpstream() as mock:
        mock.on("/v1/x", lambda exchange: exchange.reply(200, b"hello"))
A script runs in the thread of its connection with the whole request read, or, with `early=True`, as soon as the head is
there. Without a script: 200 and a JSON echo. Waiting is for events, never for time.
"""
import json
import socket
import struct
import threading
import time

from support import processes
from support.raw import Incomplete, Message, Stream, read_body

RECORDED = []  # what all mocks were sent, of long bodies the beginning: no gateway key may be in here
BEGINNING = 4096


class Exchange:
    """One request on a connection, and the means to answer it well or badly."""

    def __init__(self, mock, stream, request):
        self.mock, self.stream, self.request = mock, stream, request
        self.gone = threading.Event()
        self.open = True

    @property
    def path(self):
        return self.request.first_line.split(" ")[1]

    def send(self, data):
        self.stream.sock.sendall(data)

    def reply(self, status=200, body=b"", headers=(), reason="OK"):
        lines = [f"HTTP/1.1 {status} {reason}", *(f"{n}: {v}" for n, v in headers), f"Content-Length: {len(body)}"]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)

    def start_chunks(self, content_type="text/event-stream", headers=()):
        lines = ["HTTP/1.1 200 OK", f"Content-Type: {content_type}", *(f"{n}: {v}" for n, v in headers),
                 "Transfer-Encoding: chunked"]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def end_chunks(self, trailers=b""):
        self.send(b"0\r\n" + trailers + b"\r\n")

    def reset(self):
        self.stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.open = False
        self.stream.sock.close()

    def receive(self):
        """What comes next on the bare connection, after an upgrade; empty at its end."""
        data, self.stream.buffer = self.stream.buffer or self.stream.sock.recv(65536), b""
        RECORDED.append(data)
        return data

    def wait_gone(self, seconds=20):
        """Until the gateway closes its side; True when it did. Sets `gone`."""
        self.stream.sock.settimeout(seconds)
        try:
            while self.stream.sock.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        self.gone.set()
        self.open = False
        return True

    def read_body(self):
        read_body(self.stream, self.request, bodiless=False, response=False)


def echo(exchange):
    body = json.dumps({"path": exchange.path, "length": len(exchange.request.body)}).encode()
    exchange.reply(200, body, [("Content-Type", "application/json")])


class MockUpstream:
    def __init__(self, models=(), kind="openai", port=0):
        self.models, self.kind = list(models), kind
        self.requests, self.partial = [], []  # Exchanges with the whole request; heads whose body never came
        self.connections = 0
        self._scripts, self._changed, self._sockets = [], threading.Condition(), set()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Like a server that was ended: nothing listens and every connection is cut."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self.cut_connections()

    def cut_connections(self):
        for sock in list(self._sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def service(self, **more):
        """The row for aihub.json. The models are believed in, so that nothing but the test asks this server."""
        row = {"url": self.url, "kind": self.kind, **more}
        return {**row, "models": self.models} if self.models else row

    def on(self, path, script, early=False):
        """`path` is a prefix of the target; the latest match wins."""
        self._scripts.insert(0, (path, script, early))

    def at(self, path):
        """The whole requests whose target begins with `path`."""
        return [exchange for exchange in self.requests if exchange.path.startswith(path)]

    def wait_for(self, path, count=1, seconds=20):
        """The first `count` whole requests to `path`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.at(path)) >= count, seconds):
                raise TimeoutError(f"the upstream saw {len(self.at(path))} of {count} requests to {path}")
            return self.at(path)[:count]

    def wait_partial(self, path, count=1, seconds=20):
        """Until `count` heads to `path` have come, whole or not."""
        seen = lambda: [e for e in self.partial + self.requests if e.path.startswith(path)]
        with self._changed:
            if not self._changed.wait_for(lambda: len(seen()) >= count, seconds):
                raise TimeoutError(f"the upstream saw {len(seen())} of {count} heads to {path}")
            return seen()[:count]

    def quiet(self, path):
        """True when nothing came to `path` while a probe of our own went through."""
        return not self.at(path) and not [e for e in self.partial if e.path.startswith(path)]

    def open_connections(self):
        return len(self._sockets)

    def wait_open_connections(self, count, seconds=20):
        processes.wait_until(lambda: len(self._sockets) == count, f"upstream connections to become {count}", seconds)

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = Stream(sock)
        try:
            while self._serve_one(stream):
                pass
        except (OSError, Incomplete, ValueError):
            pass
        finally:
            self._sockets.discard(sock)
            sock.close()

    def _serve_one(self, stream):
        exchange = Exchange(self, stream, Message(stream.until(b"\r\n\r\n")))
        RECORDED.append(exchange.request.head)
        script, early = next(((s, e) for p, s, e in self._scripts if exchange.path.startswith(p)), (echo, False))
        self._note(self.partial, exchange)
        if early:
            script(exchange)
            return exchange.open
        exchange.read_body()
        RECORDED.append(exchange.request.raw_body[:BEGINNING])
        with self._changed:
            self.partial.remove(exchange)
        self._note(self.requests, exchange)
        script(exchange)
        return exchange.open

    def _note(self, where, exchange):
        with self._changed:
            where.append(exchange)
            self._changed.notify_all()


def sse(*events):
    """Server-sent events as bytes, one a payload."""
    return [b"data: " + (e if isinstance(e, bytes) else json.dumps(e).encode()) + b"\n\n" for e in events]


PIECES = sse({"choices": [{"index": 0, "delta": {"content": "x"}}]}, b"[DONE]")  # the first and the last of a stream


def closed_port():
    """An address where nothing listens."""
    return f"127.0.0.1:{processes.free_port()}"


def wait_event(event, seconds=20):
    if not event.wait(seconds):
        raise TimeoutError("an event that the test waits for did not come")
    return time.monotonic()
