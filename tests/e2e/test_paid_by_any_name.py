"""A model costs the same, and is limited alike, whatever it is called by and wherever it is asked."""
import json

import pytest

from support import payers
from support.raw import Connection, bearer, request_bytes

CHAT = "/v1/chat/completions"
REPLY = json.dumps({"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 1000}}).encode()
NAMES = ["mock", "mock:latest", "service/mock", "service/mock:latest", "nick", "nick:latest"]


@pytest.fixture
def front(gateway, mock):
    mock.on("/", lambda exchange: exchange.reply(200, REPLY, [("Content-Type", "application/json")]))

    def make(**model):
        return gateway({"service": mock.service()}, {"aliases": {"nick": "mock"}, "models": {"mock": model}})
    return make


def post(front, key, path, name, pieces=False):
    body = json.dumps({"model": name, "messages": [{"role": "user", "content": "hi"}]}).encode()
    headers = [*bearer(key).items(), ("Content-Type", "application/json")]
    with Connection(front.url) as client:
        if pieces:
            client.send(request_bytes("POST", path, [*headers, ("Transfer-Encoding", "chunked")]))
            client.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        else:
            client.send(request_bytes("POST", path, headers, body))
        return client.response("POST")


@pytest.mark.parametrize("pieces", [False, True], ids=["whole", "in pieces"])
@pytest.mark.parametrize("path", [CHAT, "/service" + CHAT], ids=["root", "prefix"])
def test_the_price_is_that_of_the_model(front, path, pieces):
    gate = front(input_per_1k=1, output_per_1k=2)
    key = gate.ready_key("bob", "--tier", "sub")
    for name in NAMES if path == CHAT else NAMES[:2]:
        reply = post(gate, key, path, name, pieces)
        assert reply.status == 200
        assert gate.row_of(reply)["cost_micro"] == 3_000_000, name


def test_all_names_share_the_limit_of_the_model(front):
    gate = front(requests_per_minute=2)
    key = gate.ready_key("bob", "--tier", "sub")
    statuses = [post(gate, key, CHAT, name).status for name in NAMES]
    assert statuses == [200, 200, 429, 429, 429, 429]


def test_what_auto_finds_costs_what_it_is(front):
    gate = front(input_per_1k=1, output_per_1k=2)
    key = gate.ready_key("bob", "--tier", "sub")
    reply = post(gate, key, CHAT, "auto")
    assert reply.status == 200
    assert gate.row_of(reply)["cost_micro"] == 3_000_000


@pytest.mark.parametrize("path", ["/service/chat/completions", "/service/chat/completions/", "/service/completion", "/service/infill/"])
def test_a_servers_own_path_costs_too(front, path):
    gate = front(input_per_1k=1, output_per_1k=2)
    key = gate.ready_key("bob", "--tier", "sub")
    reply = post(gate, key, path, "mock")
    assert reply.status == 200
    assert gate.row_of(reply)["cost_micro"] == 3_000_000
