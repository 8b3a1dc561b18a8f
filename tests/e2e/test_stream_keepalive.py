"""A model that thinks long before its first word: clients of events get comments meanwhile, others get nothing but their answer."""
import threading

import pytest
import talk
from matrix import SPEAKERS, Outcome, Wish, user
from support.mock_upstream import MockUpstream, wait_event
from support.raw import Connection
from talk import PATHS

SSE_APIS = ("chat", "completions", "responses", "messages")
COMMENT = {"messages": b'event: ping\ndata: {"type": "ping"}\n\n'}
SERVERS = ("chat", "ollama_chat")
CELLS = [(server, api) for server in SERVERS for api in SSE_APIS]


def comment_of(api):
    return COMMENT.get(api, b": keep-alive\n\n")


class Silent:
    """A gateway before a server that says nothing until `speak` is set."""

    def __init__(self, gateway, server):
        self.mock, self.server = MockUpstream(models=["mock"], kind="openai" if server == "chat" else "ollama"), server
        row = self.mock.service(apis=["chat"] if server == "chat" else ["ollama"])
        self.front = gateway({"mock": row}, {"stream_keepalive": "50ms"})
        self.speak = threading.Event()
        self.mock.on(PATHS[server], self.answer)

    def answer(self, exchange):
        wait_event(self.speak)
        if exchange.request.json().get("stream", self.server == "ollama_chat"):
            talk.streaming(self.server, [*talk.words(self.server, "at ", "last"), *talk.end_of(self.server)])(exchange)
        else:
            exchange.reply(200, talk.whole(self.server, "at last"), [("Content-Type", "application/json")])

    def begin(self, api, stream=True):
        return talk.send(Connection(self.front.url), self.front, api, talk.request(api, stream))


@pytest.fixture(params=SERVERS)
def silent(request, gateway):
    made = Silent(gateway, request.param)
    yield made
    made.speak.set()
    made.mock.close()


def wait_comments(client, api, count):
    head = client.head()
    assert (head.status, head.get("Content-Type")) == (200, "text/event-stream")
    for _ in range(count):
        assert client.chunk()[0] == comment_of(api)


def rest_of(client):
    pieces = []
    while True:
        payload = client.chunk()[0]
        if not payload:
            return b"".join(pieces)
        pieces.append(payload)


@pytest.mark.parametrize("api", SSE_APIS)
def test_comments_come_while_the_server_is_silent_and_the_answer_after_them(silent, api):
    with silent.begin(api) as client:
        wait_comments(client, api, 3)
        silent.speak.set()
        rest = rest_of(client).replace(comment_of(api), b"")
    assert b"at " in rest and b"last" in rest and comment_of(api) not in rest
    assert rest.rstrip().endswith(b"[DONE]") or b"message_stop" in rest or b"response.completed" in rest


def test_official_clients_do_not_mind_them(silent):
    outcomes = {}

    def ask(api):
        speaker = SPEAKERS[api]()
        outcomes[api] = speaker.ask(silent.front.url, silent.front.client_key, "mock", Wish((user("Say hello"),)), True)
        speaker.close()

    askers = [threading.Thread(target=ask, args=(api,)) for api in SSE_APIS]
    for asker in askers:
        asker.start()
    silent.mock.wait_for(PATHS[silent.server], len(SSE_APIS))
    with silent.begin("chat") as last:
        wait_comments(last, "chat", 3)  # the others began before it: they have some too
        silent.speak.set()
    for asker in askers:
        asker.join(30)
    assert outcomes == dict.fromkeys(SSE_APIS, Outcome("at last", tokens_in=7, tokens_out=5))


def received(client):
    client.sock.setblocking(False)
    try:
        return client.sock.recv(1)
    except BlockingIOError:
        return None
    finally:
        client.sock.settimeout(20)


def test_who_cannot_read_comments_gets_none(silent):
    quiet = [(api, silent.begin(api, stream)) for api, stream in
             (("chat", False), ("messages", False), ("responses", False), ("ollama_chat", True), ("ollama_chat", False))]
    silent.mock.wait_for(PATHS[silent.server])
    with silent.begin("chat") as last:
        wait_comments(last, "chat", 3)
        assert [received(client) for _, client in quiet] == [None] * len(quiet)
        silent.speak.set()
    for api, client in quiet:
        reply = client.response()
        client.close()
        assert reply.status == 200 and b"keep-alive" not in reply.body and b"ping" not in reply.body
        assert b"last" in reply.body, api


@pytest.mark.parametrize("server, api", CELLS)
def test_an_error_after_comments_is_an_event(gateway, server, api):
    silent = Silent(gateway, server)
    body = b'{"error":{"message":"no memory left","type":"server_error"}}' if server == "chat" else b'{"error":"no memory left"}'

    def refuse(exchange):
        wait_event(silent.speak)
        exchange.reply(500, body, [("Content-Type", "application/json")])

    silent.mock.on(PATHS[server], refuse)
    with silent.begin(api) as client:
        wait_comments(client, api, 1)
        silent.speak.set()
        got = client.rest_or_reset()
    silent.mock.close()
    assert b"no memory left" in got
    assert b'"error"' in got


@pytest.mark.parametrize("api", ["chat", "messages"])
def test_a_server_that_dies_after_comments_is_passed_over(gateway, new_mock, api):
    """Comments are the gateway's own: no byte of an answer has come yet."""
    bad, good = new_mock(models=["mock"]), new_mock(models=["mock"])
    release = threading.Event()

    def die(exchange):
        wait_event(release)
        exchange.reset()

    bad.on(PATHS["chat"], die)
    good.on(PATHS["chat"], talk.streaming("chat", [*talk.words("chat", "at last"), *talk.end_of("chat")]))
    front = gateway({"bad": bad.service(apis=["chat"], priority=0), "good": good.service(apis=["chat"], priority=1)},
                    {"stream_keepalive": "50ms"})
    with talk.send(Connection(front.url), front, api, talk.request(api, True)) as client:
        bad.wait_for(PATHS["chat"])
        wait_comments(client, api, 2)
        release.set()
        assert b"at last" in rest_of(client)
