"""HTTP/1.1 over a bare socket: sends exactly the bytes it is given and reads replies without correcting them."""
import json
import socket
import struct
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
              "proxy-authenticate", "proxy-authorization"}


class Incomplete(Exception):
    """The other side closed, or reset, before the message was whole; `got` is what came."""

    def __init__(self, what, got=b""):
        super().__init__(f"{what}; got {got[-300:]!r}")
        self.got = got


class Message:
    """A head (bytes, its empty line included) with its parts in order and case as they came, and a body."""

    def __init__(self, head):
        self.head = head
        lines = head[:-4].split(b"\r\n")
        self.first_line = lines[0].decode("latin-1")
        self.header_lines = lines[1:]
        self.headers = [tuple(part.decode("latin-1") for part in line.split(b":", 1)) for line in lines[1:]]
        self.headers = [(name, value.strip(" \t")) for name, value in self.headers]
        self.body = b""      # decoded
        self.raw_body = b""  # as on the wire
        self.trailers = b""

    def get(self, name, default=None):
        return next((v for n, v in self.headers if n.lower() == name.lower()), default)

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def status(self):
        return int(self.first_line.split(" ", 2)[1])

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    @property
    def chunked(self):
        return (self.get("Transfer-Encoding") or "").lower() == "chunked"


class Stream:
    """Buffered reading from a socket."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""

    def more(self):
        try:
            piece = self.sock.recv(65536)
        except ConnectionResetError:
            raise Incomplete("the connection was reset", self.buffer) from None
        if not piece:
            raise Incomplete("the connection was closed", self.buffer)
        self.buffer += piece

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        end = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:end], self.buffer[end:]
        return taken

    def exactly(self, count):
        pieces, have = [], 0
        while have < count:
            if not self.buffer:
                self.more()
            piece, self.buffer = self.buffer[:count - have], self.buffer[count - have:]
            pieces.append(piece)
            have += len(piece)
        return b"".join(pieces)

    def rest(self):
        """Everything up to a clean close."""
        while True:
            try:
                self.more()
            except Incomplete as end:
                if "reset" in str(end):
                    raise
                taken, self.buffer = self.buffer, b""
                return taken

    def chunk(self):
        """One chunk: (payload, raw bytes); payload is empty for the last one, whose trailers are in raw."""
        line = self.until(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if size:
            data = self.exactly(size + 2)
            return data[:-2], line + data
        raw = line
        while True:
            more = self.until(b"\r\n")
            raw += more
            if more == b"\r\n":
                return b"", raw


class Connection(Stream):
    """A client. `address` is "host:port" or a URL; times out rather than hangs."""

    def __init__(self, address, timeout=20, source=None):
        address = urlsplit(address).netloc or address
        host, port = address.rsplit(":", 1)
        self.address = address
        super().__init__(socket.create_connection((host.strip("[]"), int(port)), timeout,
                                                  source_address=(source, 0) if source else None))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def reset(self):
        """Goes away without a word."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)
        return self

    def send_some(self, data):
        """For requests that the other side may refuse half-way."""
        try:
            self.sock.sendall(data)
        except OSError:
            pass
        return self

    def head(self):
        return Message(self.until(b"\r\n\r\n"))

    def response(self, method="GET", interim=None):
        """The whole final response; 1xx ones are appended to `interim`."""
        while True:
            message = self.head()
            if message.status // 100 != 1 or message.status == 101:
                break
            if interim is not None:
                interim.append(message)
        read_body(self, message, bodiless=method == "HEAD" or message.status in (101, 204, 304), response=True)
        return message

    def rest_or_reset(self):
        """What comes before the end, however it ends."""
        try:
            return self.rest()
        except Incomplete as end:
            return end.got

    def closed(self):
        """True when the other side closes without sending another byte; a reset counts as closed."""
        if self.buffer:
            return False
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def read_body(stream, message, bodiless, response):
    if bodiless:
        return
    if message.chunked:
        pieces, raws = [], []
        while True:
            payload, raw = stream.chunk()
            raws.append(raw)
            if not payload:
                message.trailers = raw.split(b"\r\n", 1)[1][:-2]
                break
            pieces.append(payload)
        message.body, message.raw_body = b"".join(pieces), b"".join(raws)
    elif message.get("Content-Length") is not None:
        message.body = message.raw_body = stream.exactly(int(message.get("Content-Length")))
    elif response:
        message.body = message.raw_body = stream.rest()


def request_bytes(method, target, headers=(), body=b"", host="127.0.0.1", version="1.1"):
    """A plain request; adds Host unless given and Content-Length when there is a body."""
    if hasattr(headers, "items"):
        headers = list(headers.items())
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/{version}"]
    if "host" not in names:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body and "content-length" not in names and "transfer-encoding" not in names:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def ask(address, method, target, headers=(), body=b"", timeout=30):
    """One request on a connection of its own."""
    with Connection(address, timeout) as connection:
        connection.send_some(request_bytes(method, target, headers, body, host=connection.address))
        return connection.response(method)


def bearer(key):
    return {"Authorization": f"Bearer {key}"}
