"""What must be equal between a direct answer and one through the gateway, and what may legitimately differ."""
import json
import re

from support.raw import HOP_BY_HOP, Connection, request_bytes

ADDED = re.compile(r"(date|server|x-aihub-.*|x-request-id|x-ratelimit-.*)$", re.IGNORECASE)

# What a real server makes up anew for every answer.
VARIES = re.compile(
    r'"(id|item_id|response_id|created|created_at|completed_at|modified_at|expires_at|timings|total_duration|load_duration'
    r'|prompt_eval_duration|eval_duration|cached_tokens|cache_read_input_tokens|input_tokens|prompt_eval_count)":'
    r'("[^"]*"|-?[\d.]+(e[-+]?\d+)?|\{[^{}]*\})')


def headers(message, without=()):
    """Order and case count."""
    return [(name, value) for name, value in message.headers
            if name.lower() not in HOP_BY_HOP and not ADDED.match(name) and name.lower() not in without]


def steady(body):
    """A real server's body without what varies by itself."""
    return VARIES.sub(r'"\1":*', body.decode("utf-8", "surrogateescape"))


def exact(message):
    """For replies that are the same every time: everything, byte for byte."""
    return (message.first_line.split(" ", 1)[1], headers(message), message.body, message.trailers)


def normalised(message):
    """For real servers: lengths follow from what varies, so they count only as present or absent."""
    has_length = message.get("Content-Length") is not None
    return (message.status, headers(message, without={"content-length"}), has_length, steady(message.body))


def fetch(address, request, method="GET", close=True):
    """One request as bytes; the final reply with the interim ones as `interim`."""
    with Connection(address, timeout=30) as connection:
        connection.send_some(request)
        interim = []
        message = connection.response(method, interim)
        message.interim = interim
        return message


def json_request(method, target, document, more=()):
    body = json.dumps(document).encode()
    return request_bytes(method, target, [*more, ("Content-Type", "application/json")], body)


def event_payloads(body):
    """The data lines of a stream, parsed where they are JSON."""
    lines = [line[6:] for line in body.decode().split("\n") if line.startswith("data: ")]
    return [json.loads(line) if line.startswith("{") else line for line in lines]
