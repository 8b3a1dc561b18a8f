"""Stands between the gateway and a real server, passes every byte on and keeps what both said: a witness that needs no gateway.

    with Witness(servers.llama) as witness:
        front = gateway({"llama": {"url": witness.url, "kind": "openai"}})
        ...
        witness.book.heard["mine-1"].reply.json()["usage"]
Requests are told apart by the X-Request-Id that their clients gave them. Two more headers ask for trouble, which the gateway
passes on like any other:
`X-Hold: N` lets N pieces of text of a stream through and no more, until the gateway has left: so it is known what there was
to deliver, and what the server made of the rest;
`X-Drop: 1` breaks the first connection that brings the request, so that it has to be sent to another server.
"""
import json
import select
import socket
import threading

from support.raw import Connection, Incomplete, Message, Stream, read_body

WAIT = 60  # seconds after which nobody is waited for any more


class Heard:
    """One request and what the server answered. `held`: how many pieces of text were let through, when not all."""

    def __init__(self, server, request):
        self.server, self.request, self.reply, self.held = server, request, None, None

    @property
    def path(self):
        return self.request.first_line.split(" ")[1]


def text_in(line):
    """Whether a line of a stream brings a piece of the answer, in any of the APIs."""
    line = line.removeprefix(b"data: ").strip()
    if not line.startswith(b"{"):
        return False
    event = json.loads(line)
    choice = (event.get("choices") or [{}])[0]
    delta, message = event.get("delta"), event.get("message")
    places = [(choice.get("delta") or {}).get("content"), choice.get("text"), event.get("response"), delta,
              isinstance(delta, dict) and delta.get("text"), isinstance(message, dict) and message.get("content")]
    return any(isinstance(place, str) and place for place in places)


class Reply(Stream):
    """A server's reply; every piece goes on to the gateway as it comes, up to the text at which it is to be held."""

    def __init__(self, server, gateway, heard):
        super().__init__(server)
        hold = heard.request.get("X-Hold")
        self.gateway, self.heard, self.hold = gateway, heard, None if hold is None else int(hold)
        self.texts, self._line, self._in_last_event = 0, b"", False

    def more(self):
        before = len(self.buffer)
        super().more()
        piece = self.buffer[before:]
        if self.heard.held is None:
            self.gateway.sendall(piece if self.hold is None else self._up_to_hold(piece))
        if self.heard.held is None and self._is_held():
            self.heard.held = self.texts
            await_end(self.gateway)

    def _is_held(self):
        return self.hold is not None and self.texts >= self.hold and not self._in_last_event

    def _up_to_hold(self, piece):
        passed = 0
        while passed < len(piece) and not self._is_held():
            end = piece.find(b"\n", passed) + 1 or len(piece)
            self._line += piece[passed:end]
            passed = end
            if self._line.endswith(b"\n"):
                self._look_at(self._line)
                self._line = b""
        return piece[:passed]

    def _look_at(self, line):
        """An event of two lines ends with the empty one."""
        if self._in_last_event:
            self._in_last_event = False
        elif text_in(line):
            self.texts += 1
            self._in_last_event = self.texts == self.hold and line.startswith(b"data: ")


class Book:
    """What was heard, by the requests' ids; several witnesses can share one."""

    def __init__(self):
        self.heard, self._dropped = {}, set()
        self._lock = threading.Lock()

    def note(self, heard):
        """What had to be sent again counts as it was answered last."""
        name = heard.request.get("X-Request-Id")
        if name is not None:
            with self._lock:
                self.heard[name] = heard

    def is_to_be_dropped(self, request):
        """Once."""
        name = request.get("X-Request-Id")
        with self._lock:
            drops = request.get("X-Drop") is not None and name not in self._dropped
            self._dropped.add(name)
            return drops


class Witness:
    def __init__(self, server, book=None):
        self.server, self.book = server, book or Book()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def _accept(self):
        while True:
            try:
                gateway, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(gateway,), daemon=True).start()

    def _serve(self, gateway):
        gateway.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with gateway, Connection(self.server, timeout=WAIT) as server:
            try:
                asking = Stream(gateway)
                while next_request(gateway, server.sock) and self._pass_one(asking, server):
                    pass
            except (OSError, Incomplete):
                pass  # one of the two has gone: so does the other

    def _pass_one(self, asking, server):
        request = Message(asking.until(b"\r\n\r\n"))
        read_body(asking, request, bodiless=False, response=False)
        if self.book.is_to_be_dropped(request):
            return False
        heard = Heard(self.server, request)
        self.book.note(heard)
        server.send(request.head + request.raw_body)
        heard.reply = whole(Reply(server.sock, asking.sock, heard), request.first_line.split(" ")[0])
        return heard.held is None and (heard.reply.get("Connection") or "").lower() != "close"


def next_request(gateway, server):
    """Waits for it; False when one of the two has gone instead."""
    readable, _, _ = select.select([gateway, server], [], [])
    return server not in readable


def whole(reply, method):
    message = Message(reply.until(b"\r\n\r\n"))
    read_body(reply, message, bodiless=method == "HEAD" or message.status in (204, 304), response=True)
    return message


def await_end(sock):
    sock.settimeout(WAIT)
    while sock.recv(65536):
        pass
