"""A server that accepts connections and says nothing must not make requests wait that another server can answer."""
import threading

import pytest
import talk
from support.mock_upstream import wait_event


@pytest.fixture
def hung(new_mock):
    upstream, end = new_mock(models=["mock"]), threading.Event()
    upstream.on("/", lambda exchange: wait_event(end, 120))
    yield upstream
    end.set()


def test_it_is_asked_once_which_apis_it_speaks_not_by_every_request(gateway, hung, new_mock):
    sound = new_mock(models=["mock"])
    sound.on("/v1/messages", lambda exchange: exchange.reply(404))
    sound.on(talk.PATHS["chat"], lambda exchange: exchange.reply(200, talk.whole("chat", "here"), [("Content-Type", "application/json")]))
    front = gateway({"hung": hung.service(first_byte_timeout="500ms"), "sound": sound.service()}, {"health_interval": "200ms"})
    for _ in range(6):
        reply = talk.ask(front, "messages", talk.request("messages", False))
        assert reply.status == 200 and b"here" in reply.body
        assert reply.get("X-Aihub-Service") == "sound"
    questions = [exchange for exchange in hung.at("/v1/messages") if exchange.request.body == b"{}"]
    assert len(questions) == 1


def test_servers_are_asked_at_the_same_time_which_apis_they_speak(gateway, new_mock):
    mocks = [new_mock(models=["mock"]) for _ in range(3)]
    all_asked = threading.Barrier(len(mocks))

    def answer(exchange):
        all_asked.wait(30)  # whoever is asked after another one had to be given up is asked too late
        exchange.reply(404)

    for mock in mocks:
        mock.on("/v1/messages", answer)
        mock.on(talk.PATHS["chat"],
                lambda exchange: exchange.reply(200, talk.whole("chat", "here"), [("Content-Type", "application/json")]))
    front = gateway({f"server{i}": mock.service() for i, mock in enumerate(mocks)})
    reply = talk.ask(front, "messages", talk.request("messages", False))
    assert reply.status == 200 and b"here" in reply.body
    assert [exchange.request.body for mock in mocks for exchange in mock.at("/v1/messages")] == [b"{}"] * len(mocks)
