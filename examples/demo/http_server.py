"""HTTP/1.1 with keep-alive for the demo: a route is a function from Request to a reply.

A reply is a Reply (whole, with a Content-Length) or a Stream (pieces, chunked as they come). A route refuses by
raising Refusal; the error body has the form that the API of the path uses.
"""
import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Iterable
from urllib.parse import urlsplit


class Refusal(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


@dataclass
class Request:
    method: str
    path: str
    headers: object
    body: bytes

    def json(self):
        try:
            document = json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refusal(400, f"the body is not JSON: {error}") from None
        if not isinstance(document, dict):
            raise Refusal(400, "the body must be a JSON object")
        return document


@dataclass
class Reply:
    body: bytes
    content_type: str = "application/json"
    status: int = 200


@dataclass
class Stream:
    pieces: Iterable[bytes]
    content_type: str
    headers: dict = field(default_factory=dict)


def compact(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def json_reply(document, status=200):
    return Reply(compact(document).encode(), status=status)


def sse(documents, done=True):
    """Documents as server-sent events, with the [DONE] of OpenAI's API at the end."""
    for document in documents:
        yield b"data: " + compact(document).encode() + b"\n\n"
    if done:
        yield b"data: [DONE]\n\n"


def ndjson(documents):
    for document in documents:
        yield compact(document).encode() + b"\n"


def error_reply(path, status, message):
    if path.startswith("/v1/messages"):
        kind = "not_found_error" if status == 404 else "invalid_request_error"
        return json_reply({"type": "error", "error": {"type": kind, "message": message}}, status)
    if path.startswith("/v1/"):
        return json_reply({"error": {"message": message, "type": "invalid_request_error", "param": None,
                                     "code": None}}, status)
    return json_reply({"error": message}, status)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "aihub-demo"
    disable_nagle_algorithm = True
    timeout = 300

    def answer(self):
        path = urlsplit(self.path).path
        try:
            request = Request(self.command, path, self.headers, self.read_body())
            reply = self.route(path)(request)
        except Refusal as refusal:
            reply = error_reply(path, refusal.status, str(refusal))
        try:
            self.send_stream(reply) if isinstance(reply, Stream) else self.send_whole(reply)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client is gone: nothing more to say

    do_GET = do_POST = do_HEAD = do_DELETE = answer

    def route(self, path):
        method = "GET" if self.command == "HEAD" else self.command
        found = self.server.routes.get((method, path))
        if found:
            return found
        for (known, pattern), handler in self.server.routes.items():
            if pattern.endswith("/*") and known == method and path.startswith(pattern[:-1]):
                return handler
        raise Refusal(404, f"the demo has no {method} {path}")

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self.read_chunks())
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def read_chunks(self):
        while True:
            try:
                size = int(self.rfile.readline().split(b";")[0], 16)
            except ValueError:
                self.close_connection = True
                raise Refusal(400, "malformed chunk") from None
            if size == 0:
                while self.rfile.readline() not in (b"\r\n", b"\n", b""):
                    pass
                return
            yield self.rfile.read(size)
            self.rfile.readline()

    def send_whole(self, reply):
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_stream(self, stream):
        self.send_response(200)
        self.send_header("Content-Type", stream.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in stream.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in stream.pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, routes):
        self.routes = routes
        super().__init__(address, Handler)
