"""A server that failed and one that is full: the request waits for the one that could still answer."""
import json
import threading

import pytest

from support.mock_upstream import wait_event
from support.raw import Connection, bearer, request_bytes

CHAT = "/v1/chat/completions"
BODY = json.dumps({"model": "mock", "messages": [{"role": "user", "content": "hi"}]}).encode()


def ask_on(front):
    client = Connection(front.url)
    client.send(request_bytes("POST", CHAT, bearer(front.client_key), BODY))
    return client


def test_a_request_whose_server_failed_waits_for_one_that_is_full(gateway, new_mock):
    dying, busy = new_mock(models=["mock"]), new_mock(models=["mock"])
    cut, go = threading.Event(), threading.Event()
    dying.on(CHAT, lambda exchange: (wait_event(cut), exchange.close()))
    busy.on(CHAT, lambda exchange: (wait_event(go), exchange.reply(200, b'{"x":1}')))
    front = gateway({"dying": dying.service(max_concurrent=1), "busy": busy.service(max_concurrent=1)})
    with ask_on(front) as one, ask_on(front) as two:
        dying.wait_for(CHAT)
        busy.wait_for(CHAT)
        cut.set()
        dying.wait_open_connections(0)
        go.set()
        assert [one.response("POST").status, two.response("POST").status] == [200, 200]
    assert len(busy.at(CHAT)) == 2


def test_a_request_that_finds_no_room_in_time_is_refused(gateway, mock):
    go = threading.Event()
    mock.on(CHAT, lambda exchange: (wait_event(go), exchange.reply(200, b'{"x":1}')))
    front = gateway({"mock": mock.service(max_concurrent=1)}, {"queue_timeout": "300ms"})
    with ask_on(front):
        mock.wait_for(CHAT)
        with ask_on(front) as late:
            refusal = late.response("POST")
            assert refusal.status == 503 and refusal.get("Retry-After") == "1"
            assert "busy" in refusal.json()["error"]["message"]
        go.set()


@pytest.mark.parametrize("path", ["/pair/v1/x", "/v1/audio/speech"])
def test_servers_take_turns_also_where_no_model_is_known(gateway, new_mock, path):
    servers = [new_mock(kind="speech"), new_mock(kind="speech")]
    for server in servers:
        server.on("/v1", lambda exchange: exchange.reply(200, b"{}"))
    front = gateway({"pair": {"urls": [server.url for server in servers], "kind": "speech"}},
                    {"strategy": "round-robin", "threads": 1})
    for _ in range(10):
        with Connection(front.url) as client:
            client.send(request_bytes("POST", path, bearer(front.client_key), b'{"model":"nobody-has-it"}'))
            reply = client.response("POST")
            assert reply.status == 200
    assert [len(server.at(path.removeprefix("/pair"))) for server in servers] == [5, 5]
