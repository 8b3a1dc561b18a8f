"""A client that lost its connection takes its stream up again: every event once, in order, whatever was cut where."""
import json
import random
import re
import socket
import threading

import pytest
from support import processes
from support.mock_upstream import wait_event
from support.raw import Connection, Incomplete, Message, ask, bearer, request_bytes

CHAT = "/v1/chat/completions"
BODY = json.dumps({"model": "mock", "messages": [], "stream": True}).encode()
RESUME = {"X-Aihub-Resume": "on"}
ID_LINE = re.compile(rb"id: ([0-9a-f]{32}):(\d+)\n")


def numbered(number, pad=0):
    return b'data: {"n": %d%s}\n\n' % (number, b', "pad": "%s"' % (b"x" * pad) if pad else b"")


class Numbers:
    """A script that streams `count` numbered events; the events `until` a gate waits for are sent at once."""

    def __init__(self, count, pad=0, gate_at=None):
        self.count, self.pad, self.gate_at = count, pad, gate_at
        self.gate, self.reached, self.gone = threading.Event(), threading.Event(), threading.Event()
        self.sent = 0

    def __call__(self, exchange):
        exchange.start_chunks()
        try:
            for number in range(1, self.count + 1):
                if number == self.gate_at:
                    self.reached.set()
                    wait_event(self.gate)
                exchange.chunk(numbered(number, self.pad))
                self.sent = number
            exchange.end_chunks()
        except OSError:
            self.gone.set()
            raise


class Taker:
    """One connection that takes a stream up, or begins it."""

    def __init__(self, front, key, path=CHAT, last=None, body=BODY, by_get=False, headers=(), narrow=False):
        self.connection = Connection(front.address)
        if narrow:  # little is on its way to who does not read
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        extra = {**bearer(key), **dict(headers)}
        if last is not None:
            extra["Last-Event-ID"] = last
        if by_get:
            request = request_bytes("GET", f"/v1/streams/{last.split(':')[0]}", extra)
        else:
            request = request_bytes("POST", path, {**extra, **RESUME, "Content-Type": "application/json"}, body)
        self.reply = self.connection.send(request).head()
        self.text = bytearray()
        self.whole = False

    @property
    def id(self):
        return self.reply.get("X-Aihub-Stream")

    def more(self):
        """One more chunk; False at the end of the body."""
        payload, _ = self.connection.chunk()
        self.text += payload
        self.whole = not payload
        return bool(payload)

    def events(self):
        """The whole events so far."""
        return self.text.split(b"\n\n")[:-1]

    def until_events(self, count):
        while len(self.events()) < count:
            if not self.more():
                raise AssertionError(f"the stream ended after {len(self.events())} events")
        return self.events()

    def rest(self):
        while self.more():
            pass
        return self.events()

    def last_id(self):
        found = ID_LINE.findall(self.text[:self.text.rfind(b"\n\n") + 2])
        return (b"%s:%s" % found[-1]).decode() if found else None

    def cut(self, rudely=False):
        self.connection.reset() if rudely else self.connection.close()


def numbers_of(events):
    found = [json.loads(re.search(rb"data: (.*)", event)[1])["n"] for event in events]
    ids = [int(ID_LINE.search(event + b"\n")[2]) for event in events]
    assert ids == found, "an event's number is not its place"
    return found


@pytest.fixture
def front(gateway, mock):
    return gateway({"mock": mock.service()}, {"threads": 2})


def collect_with_cuts(front, rng, count, by_get):
    """All numbers in the order in which they came, over as many connections as it takes."""
    taker = Taker(front, front.client_key)
    got, cuts = [], 0
    last = f"{taker.id}:0"
    while True:
        whole = False
        try:
            for _ in range(rng.randrange(0, 12)):
                if not taker.more():
                    whole = True
                    break
        except Incomplete:
            pass
        got += numbers_of(taker.events())
        last = taker.last_id() or last
        if whole or len(got) >= count:
            taker.cut()
            return got, cuts
        taker.cut(rudely=rng.random() < 0.5)
        cuts += 1
        taker = Taker(front, front.client_key, last=last, by_get=by_get and rng.random() < 0.5)
        assert taker.reply.status == 200, taker.reply.head


@pytest.mark.parametrize("seed", range(6))
def test_every_event_comes_once_and_in_order_wherever_it_is_cut(front, mock, seed):
    rng = random.Random(seed)
    count = 6000
    mock.on(CHAT, Numbers(count, pad=rng.choice([0, 10, 60])))
    got, cuts = collect_with_cuts(front, rng, count, by_get=True)
    assert got == list(range(1, count + 1))
    assert cuts > 1
    assert len(mock.at(CHAT)) == 1, "taking up must not ask the server again"


def get(front, target, key=None, **headers):
    return ask(front.url, "GET", target, {**bearer(key or front.client_key), **headers})


def listed(front, key=None):
    return get(front, "/v1/streams", key).json()["data"]


def wait_upstream_gone(numbers):
    wait_event(numbers.gone)


class Watched(Numbers):
    """Sends the events before its gate, then waits for the gateway to leave."""

    def __call__(self, exchange):
        exchange.start_chunks()
        for number in range(1, self.gate_at):
            exchange.chunk(numbered(number, self.pad))
        self.reached.set()
        if exchange.wait_gone():
            self.gone.set()


def test_a_stream_that_nobody_asked_to_keep_is_untouched(front, mock):
    mock.on(CHAT, Numbers(50))
    reply = ask(front.url, "POST", CHAT, bearer(front.client_key), BODY)
    assert reply.body == b"".join(numbered(n) for n in range(1, 51))
    assert reply.get("X-Aihub-Stream") is None
    assert listed(front) == []


@pytest.mark.parametrize("value, status", [("off", 200), ("0", 200), ("maybe", 400)])
def test_the_header_is_a_switch(front, mock, value, status):
    mock.on(CHAT, Numbers(3))
    reply = ask(front.url, "POST", CHAT, {**bearer(front.client_key), "X-Aihub-Resume": value}, BODY)
    assert reply.status == status
    assert reply.get("X-Aihub-Stream") is None


ANTHROPIC = [b"event: message_start\ndata: {\"type\": \"message_start\"}\n\n", b"event: ping\ndata: {\"type\": \"ping\"}\n\n",
             b"event: content_block_delta\ndata: {\"a\": 1}\ndata: {\"b\": 2}\n\n", b"event: message_stop\ndata: {}\n\n"]
RESPONSES = [b"event: response.created\r\ndata: {\"sequence_number\":0}\r\n\r\n", b"id: theirs\r\nevent: x\r\ndata: \xc3\xa9\r\n\r\n",
             b"retry: 10\n\n", b"data\n\n", b"data: [DONE]\n\n"]


@pytest.mark.parametrize("path, events", [("/v1/messages", ANTHROPIC), ("/v1/responses", RESPONSES)])
@pytest.mark.parametrize("piece", [1, 7, 10_000])
def test_events_survive_byte_for_byte_but_for_the_id_lines(front, mock, path, events, piece):
    sent = b"".join(events)

    def script(exchange):
        exchange.start_chunks()
        for start in range(0, len(sent), piece):
            exchange.chunk(sent[start:start + piece])
        exchange.end_chunks()

    mock.on(path, script)
    taker = Taker(front, front.client_key, path=path)
    taker.rest()
    assert ID_LINE.sub(b"", taker.text) == sent
    assert [int(number) for _, number in ID_LINE.findall(taker.text)] == list(range(1, len(events) + 1))
    assert {stream.decode() for stream, _ in ID_LINE.findall(taker.text)} == {taker.id}


def test_comments_pass_and_are_no_events(front, mock):
    def script(exchange):
        exchange.start_chunks()
        exchange.chunk(b": still here\n\n" + numbered(1) + b": and here\n\n" + numbered(2))
        exchange.end_chunks()

    mock.on(CHAT, script)
    taker = Taker(front, front.client_key)
    taker.rest()
    assert ID_LINE.sub(b"", taker.text).replace(b": still here\n\n", b"").replace(b": and here\n\n", b"") == numbered(1) + numbered(2)
    assert taker.last_id().endswith(":2")


def test_the_end_of_a_reply_without_an_empty_line_is_kept(front, mock):
    def script(exchange):
        exchange.start_chunks()
        exchange.chunk(numbered(1) + b"data: [DONE]\n")
        exchange.end_chunks()

    mock.on(CHAT, script)
    taker = Taker(front, front.client_key)
    taker.rest()
    assert ID_LINE.sub(b"", taker.text) == numbered(1) + b"data: [DONE]\n"


def test_a_stream_that_has_ended_can_still_be_had(front, mock):
    mock.on(CHAT, Numbers(20))
    taker = Taker(front, front.client_key)
    taker.rest()
    taker.cut()
    again = Taker(front, front.client_key, last=f"{taker.id}:12")
    assert numbers_of(again.rest()) == list(range(13, 21))
    assert again.whole
    assert get(front, f"/v1/streams/{taker.id}").body == taker.text
    assert get(front, f"/v1/streams/{taker.id}?last_event_id=19").body == b"\n\n".join(taker.events()[19:]) + b"\n\n"
    asked = f"/v1/streams/{taker.id}?last_event_id={taker.id}%3A19"
    assert numbers_of(get(front, asked).body.split(b"\n\n")[:-1]) == [20]
    over = get(front, f"/v1/streams/{taker.id}", **{"Last-Event-ID": taker.last_id()})
    assert (over.status, over.body) == (204, b"")
    assert len(mock.at(CHAT)) == 1


def test_what_cannot_be_taken_up_says_why(front, mock):
    mock.on(CHAT, Numbers(5))
    taker = Taker(front, front.client_key)
    taker.rest()
    unknown = "0123456789abcdef" * 2
    assert get(front, f"/v1/streams/{unknown}").status == 404
    for last, status in [(f"{unknown}:1", 404), (f"{taker.id}:6", 400), ("7", 400), (f"{taker.id}:x", 400), ("", 400)]:
        headers = {**bearer(front.client_key), **RESUME, "Last-Event-ID": last}
        reply = ask(front.url, "POST", CHAT, headers, BODY)
        assert reply.status == status and reply.json()["error"]["message"], last
    wrong = get(front, f"/v1/streams/{taker.id}", **{"Last-Event-ID": f"{unknown}:1"})
    assert wrong.status == 400
    anthropic = ask(front.url, "POST", "/v1/messages", {**bearer(front.client_key), **RESUME, "Last-Event-ID": f"{unknown}:1"}, BODY)
    assert anthropic.status == 404 and anthropic.json()["type"] == "error"
    assert len(mock.at("/v1/")) == 1


def test_events_that_are_no_longer_kept_are_gone(gateway, mock):
    front = gateway({"mock": mock.service()}, {"resume_buffer": "16KB"})
    mock.on(CHAT, Numbers(400, pad=100))
    taker = Taker(front, front.client_key)
    assert numbers_of(taker.rest()) == list(range(1, 401))
    reply = get(front, f"/v1/streams/{taker.id}", **{"Last-Event-ID": f"{taker.id}:1"})
    assert reply.status == 410 and "resume_buffer" in reply.text
    oldest = listed(front)[0]["oldest"]
    assert 1 < oldest < 400
    assert get(front, f"/v1/streams/{taker.id}?last_event_id={oldest - 2}").status == 410
    rest = get(front, f"/v1/streams/{taker.id}?last_event_id={oldest - 1}").body.split(b"\n\n")[:-1]
    assert numbers_of(rest) == list(range(oldest, 401))
    assert numbers_of(get(front, f"/v1/streams/{taker.id}").body.split(b"\n\n")[:-1]) == list(range(oldest, 401))


def test_an_event_that_cannot_be_kept_is_told(gateway, mock):
    front = gateway({"mock": mock.service()}, {"resume_buffer": "16KB"})
    mock.on(CHAT, Numbers(5, pad=20_000))
    taker = Taker(front, front.client_key)
    with pytest.raises(Incomplete):
        taker.rest()
    assert b"resume_buffer" in taker.text and b'"error"' in taker.text


def test_who_does_not_read_holds_the_server_back_and_misses_nothing(front, mock):
    numbers = Numbers(3000, pad=5000)
    mock.on(CHAT, numbers)
    taker = Taker(front, front.client_key)
    taker.until_events(3)
    processes.wait_until(lambda: front_is_full(front), "the ring to fill")
    sent = numbers.sent
    assert sent < 2500, "the server was not held back"
    assert numbers_of(taker.rest()) == list(range(1, 3001))


def front_is_full(front, least=50):
    """True when the number of events does not grow any more."""
    before = listed(front)[0]["events"]
    return before > least and all(listed(front)[0]["events"] == before for _ in range(20))


def test_a_slow_client_that_is_cut_finds_what_was_on_its_way(front, mock):
    mock.on(CHAT, Numbers(2000, pad=2000))
    taker = Taker(front, front.client_key, narrow=True)
    taker.until_events(3)
    processes.wait_until(lambda: front_is_full(front), "the ring to fill")
    taker.until_events(20)
    taker.cut(rudely=True)
    again = Taker(front, front.client_key, last=taker.last_id())
    assert again.reply.status == 200
    assert numbers_of(taker.events()) + numbers_of(again.rest()) == list(range(1, 2001))


def test_without_a_listener_the_stream_goes_on_until_its_ring_is_full(gateway, mock):
    front = gateway({"mock": mock.service()}, {"resume_buffer": "64KB"})
    numbers = Numbers(4000, pad=4000, gate_at=4)
    mock.on(CHAT, numbers)
    taker = Taker(front, front.client_key)
    taker.until_events(3)
    taker.cut()
    processes.wait_until(lambda: not listed(front)[0]["connected"], "the gateway to notice")
    numbers.gate.set()
    processes.wait_until(lambda: front_is_full(front, 10), "the ring to fill")
    assert numbers.sent < 3900, "the server was not held back"
    again = Taker(front, front.client_key, last=taker.last_id())
    assert numbers_of(taker.events()) + numbers_of(again.rest()) == list(range(1, 4001))


def test_nobody_comes_within_the_window_and_the_server_is_told(gateway, mock):
    front = gateway({"mock": mock.service()}, {"resume_window": "1s"})
    watched = Watched(10, gate_at=5)
    mock.on(CHAT, watched)
    taker = Taker(front, front.client_key)
    taker.until_events(4)
    wait_event(watched.reached)
    taker.cut()
    wait_upstream_gone(watched)
    assert get(front, f"/v1/streams/{taker.id}").status == 404
    assert listed(front) == []
    row = front.wait_access(lambda row: row["request_uri"] == CHAT)
    assert row["user"] == "tester" and row["model"] == "mock"


def test_a_connected_client_outlasts_the_window(gateway, mock):
    front = gateway({"mock": mock.service()}, {"resume_window": "1s"})
    numbers = Numbers(10, gate_at=5)
    mock.on(CHAT, numbers)
    idle = Taker(front, front.client_key)
    idle.until_events(4)
    other = Watched(3, gate_at=2)
    mock.on(CHAT, other)
    passing = Taker(front, front.client_key)
    passing.until_events(1)
    passing.cut()
    wait_upstream_gone(other)  # a whole window has passed
    numbers.gate.set()
    assert numbers_of(idle.rest()) == list(range(1, 11))


def test_without_a_window_nothing_is_kept(gateway, mock):
    front = gateway({"mock": mock.service()}, {"resume_window": "off"})
    mock.on(CHAT, Numbers(5))
    taker = Taker(front, front.client_key)
    taker.rest()
    assert taker.id is None
    assert taker.text == b"".join(numbered(n) for n in range(1, 6))


@pytest.mark.parametrize("connected", [True, False])
def test_delete_ends_a_stream_at_once(front, mock, connected):
    watched = Watched(10, gate_at=5)
    mock.on(CHAT, watched)
    taker = Taker(front, front.client_key)
    taker.until_events(4)
    if not connected:
        taker.cut()
    assert ask(front.url, "DELETE", f"/v1/streams/{taker.id}", bearer(front.client_key)).status == 204
    wait_upstream_gone(watched)
    if connected:
        with pytest.raises(Incomplete):
            taker.more()
    for method in ("GET", "DELETE"):
        assert ask(front.url, method, f"/v1/streams/{taker.id}", bearer(front.client_key)).status == 404


def test_a_stream_is_its_users_and_the_administrators(front, mock):
    watched = Watched(10, gate_at=5)
    mock.on(CHAT, watched)
    taker = Taker(front, front.client_key)
    taker.until_events(4)
    stranger = front.ready_key("stranger")
    assert get(front, f"/v1/streams/{taker.id}", stranger).status == 404
    assert ask(front.url, "DELETE", f"/v1/streams/{taker.id}", bearer(stranger)).status == 404
    assert Taker(front, stranger, last=taker.last_id()).reply.status == 404
    assert listed(front, stranger) == []
    second_key = front.ready_key("tester", "second")
    assert [row["id"] for row in listed(front, second_key)] == [taker.id]
    again = Taker(front, front.admin_key(), last=f"{taker.id}:2", by_get=True)
    assert numbers_of(again.until_events(2)) == [3, 4]


def test_the_list_says_what_there_is(front, mock):
    numbers = Numbers(10, gate_at=5)
    mock.on(CHAT, numbers)
    taker = Taker(front, front.client_key)
    taker.until_events(4)
    row, = listed(front)
    assert row["id"] == taker.id and row["model"] == "mock" and row["events"] == 4
    assert row["connected"] and not row["ended"] and not row["broken"]
    numbers.gate.set()
    taker.rest()
    taker.cut()
    processes.wait_until(lambda: not listed(front)[0]["connected"], "the gateway to notice")
    row, = listed(front)
    assert row["ended"] and not row["broken"] and row["events"] == 10


def test_the_newer_of_two_takers_wins(front, mock):
    numbers = Numbers(10, gate_at=5)
    mock.on(CHAT, numbers)
    takers = [Taker(front, front.client_key)]
    takers[0].until_events(4)
    for _ in range(6):  # on both loops
        takers.append(Taker(front, front.client_key, last=takers[0].last_id()))
        assert takers[-1].reply.status == 200
        with pytest.raises(Incomplete):
            takers[-2].more()
    numbers.gate.set()
    assert numbers_of(takers[-1].rest()) == list(range(5, 11))


def breaking_after(count):
    def script(exchange):
        exchange.start_chunks()
        for number in range(1, count + 1):
            exchange.chunk(numbered(number))
        exchange.reset()
    return script


def test_a_stream_that_broke_is_broken_for_all_who_take_it_up(front, mock):
    mock.on(CHAT, breaking_after(3))
    first = Taker(front, front.client_key)
    second = None
    for last in (None, f"{first.id}:1", f"{first.id}:3"):
        second = Taker(front, front.client_key, last=last) if last else first
        with pytest.raises(Incomplete):
            second.rest()
        error = second.events()[-1]
        assert b'"error"' in error and ID_LINE.search(error + b"\n")[2] == b"4"
    assert listed(front)[0]["broken"]


def test_a_client_that_leaves_before_it_knows_the_stream_takes_it_along(front, mock):
    gone = threading.Event()

    def script(exchange):
        if exchange.wait_gone():
            gone.set()

    mock.on(CHAT, script)
    connection = Connection(front.address)
    connection.send(request_bytes("POST", CHAT, {**bearer(front.client_key), **RESUME}, BODY))
    mock.wait_for(CHAT)
    connection.close()
    wait_event(gone)
    assert listed(front) == []


def json_reply(exchange):
    exchange.reply(200, exchange.request.body[-2000:], [("Content-Type", "application/json"), ("X-Theirs", "1")])


def failing(exchange):
    exchange.reply(418, b'{"error": "tea"}', [("Content-Type", "application/json")], "Teapot")


@pytest.mark.parametrize("script", [json_reply, failing])
@pytest.mark.parametrize("size", [10, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_reply_that_is_no_stream_passes_unchanged(front, mock, script, size, chunked):
    mock.on(CHAT, script)
    body = json.dumps({"model": "mock", "pad": "y" * size}).encode()
    headers = {**bearer(front.client_key), "Content-Type": "application/json"}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
        body = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 70_000]), body[i:i + 70_000])
                        for i in range(0, len(body), 70_000)) + b"0\r\n\r\n"
    replies = []
    for more in ({}, RESUME):
        with Connection(front.address) as connection:
            for _ in range(2):  # the connection is kept
                connection.send(request_bytes("POST", CHAT, {**headers, **more}, body))
                replies.append(connection.response())
    bodies = {reply.body for reply in replies}
    heads = {tuple(line for line in reply.header_lines if not line.lower().startswith((b"x-request-id", b"x-aihub-overhead", b"date")))
             for reply in replies}
    assert len(bodies) == 1 and len(heads) == 1
    assert len({exchange.request.body for exchange in mock.at(CHAT)}) == 1
    assert not any("resume" in exchange.request.head.decode().lower() for exchange in mock.at(CHAT))
    assert listed(front) == []


def test_what_is_wrong_with_a_body_is_said_as_ever(gateway, mock):
    front = gateway({"mock": mock.service()}, {"body_limit": "100KB", "body_timeout": "1s"})
    headers = {**bearer(front.client_key), **RESUME, "Content-Type": "application/json"}
    whole = json.dumps({"model": "mock", "pad": "y" * 200_000}).encode()
    assert ask(front.url, "POST", CHAT, headers, whole).status == 413
    chunked = {**headers, "Transfer-Encoding": "chunked"}
    assert ask(front.url, "POST", CHAT, chunked, b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole), whole)).status == 413
    assert ask(front.url, "POST", CHAT, chunked, b"5\r\n{\"mod\r\nno size\r\n").status == 400
    assert ask(front.url, "POST", CHAT, {**headers, "Content-Length": "500"}, b'{"model": "m').status == 408
    assert ask(front.url, "POST", CHAT, {**RESUME}, BODY).status == 401
    for status in (413, 400, 408, 401):
        front.wait_access(lambda row, status=status: row["status"] == status)
    expecting = request_bytes("POST", CHAT, {**headers, "Expect": "100-continue"}, b"")[:-2]
    with Connection(front.address) as connection:
        connection.send(expecting + b"Content-Length: %d\r\n\r\n" % len(BODY))
        assert connection.head().status == 100
        mock.on(CHAT, Numbers(3))
        connection.send(BODY)
        assert connection.response().status == 200


def test_a_call_has_one_line_in_the_access_log_and_a_return_one_of_its_own(front, mock):
    mock.on(CHAT, Numbers(5))
    taker = Taker(front, front.client_key, headers={"X-Request-Id": "mine-1", "User-Agent": "tests"})
    taker.rest()
    assert taker.reply.get("X-Request-Id") == "mine-1"
    taker.cut()
    back = get(front, f"/v1/streams/{taker.id}?last_event_id=3", **{"X-Request-Id": "mine-2"})
    assert back.status == 200
    front.wait_access(lambda row: row["request_id"] == "mine-2")
    first = front.wait_access(lambda row: row["request_id"] == "mine-1")
    rows = sorted((row for row in front.access_log() if row["request_id"].startswith("mine")), key=lambda row: row["request_id"])
    assert [row["request_id"] for row in rows] == ["mine-1", "mine-2"]
    assert first["remote_addr"] == "127.0.0.1" and first["user"] == "tester" and first["user_agent"] == "tests"
    assert first["model"] == "mock" and first["service"] == "mock" and first["status"] == 200
    assert rows[1]["model"] == "-" and taker.id in rows[1]["request_uri"] and rows[1]["body_bytes_sent"] == len(back.body)


def test_a_connection_serves_on_after_a_stream(front, mock):
    mock.on(CHAT, Numbers(5))
    request = request_bytes("POST", CHAT, {**bearer(front.client_key), **RESUME}, BODY)
    with Connection(front.address) as connection:
        ids = set()
        for _ in range(3):
            reply = connection.send(request).response()
            ids.add(reply.get("X-Aihub-Stream"))
            assert numbers_of(reply.body.split(b"\n\n")[:-1]) == [1, 2, 3, 4, 5]
    assert len(ids) == 3


def test_a_user_has_so_many_streams_and_those_that_ended_make_place(front, mock):
    mock.on(CHAT, Numbers(2))
    for _ in range(70):
        Taker(front, front.client_key).rest()
    assert len(listed(front)) == 64
    watched = Watched(3, gate_at=2)
    mock.on(CHAT, watched)
    takers = [Taker(front, front.client_key) for _ in range(64)]
    assert all(taker.until_events(1) for taker in takers)
    refused = Taker(front, front.client_key)
    assert refused.reply.status == 429
    assert Taker(front, front.ready_key("other")).reply.status == 200
    ask(front.url, "DELETE", f"/v1/streams/{takers[0].id}", bearer(front.client_key))
    assert Taker(front, front.client_key).reply.status == 200


@pytest.mark.parametrize("connected", [False, True])
def test_the_end_waits_for_a_connected_stream_only(gateway, mock, connected):
    front = gateway({"mock": mock.service()}, {"threads": 2}, drain="60s")
    numbers = Numbers(10, gate_at=5)
    mock.on(CHAT, numbers)
    taker = Taker(front, front.client_key)
    taker.until_events(4)
    wait_event(numbers.reached)
    if not connected:
        taker.cut()
        processes.wait_until(lambda: not listed(front)[0]["connected"], "the gateway to notice")
        front.stop()  # well within the 60 s
        numbers.gate.set()
        return
    front.signal(15)
    processes.wait_until(lambda: "gateway.draining" in front.stderr(), "the drain to begin")
    numbers.gate.set()
    assert numbers_of(taker.rest()) == list(range(1, 11))
    assert front.wait() == 0


def test_the_end_takes_paused_streams_along(gateway, mock):
    front = gateway({"mock": mock.service()}, {"threads": 2, "resume_buffer": "32KB"}, drain="1s")
    mock.on(CHAT, Numbers(4000, pad=1000))
    takers = [Taker(front, front.client_key) for _ in range(8)]  # half of them stay, and do not read
    for taker in takers:
        taker.until_events(1)
    for taker in takers[:4]:
        taker.cut(rudely=True)
    processes.wait_until(lambda: sum(not row["connected"] for row in listed(front)) == 4, "the gateway to notice")
    front.stop()


def test_a_real_models_stream_is_put_together_again(hub):
    body = json.dumps({"model": "llama-chain", "stream": True, "max_tokens": 60, "temperature": 0, "seed": 1,
                       "messages": [{"role": "user", "content": "Count slowly."}]}).encode()
    rng = random.Random(7)
    taker = Taker(hub, hub.client_key, body=body)
    assert taker.reply.status == 200
    text, last, whole = b"", f"{taker.id}:0", False
    while not whole:
        try:
            for _ in range(rng.randrange(1, 6)):
                whole = not taker.more()
                if whole:
                    break
        except Incomplete:
            pass
        text += taker.text[:taker.text.rfind(b"\n\n") + 2]
        last = taker.last_id() or last
        taker.cut(rudely=True)
        if not whole:
            taker = Taker(hub, hub.client_key, body=body, last=last)
            whole = taker.reply.status == 204
    ids = [int(number) for _, number in ID_LINE.findall(text)]
    assert ids == list(range(1, len(ids) + 1)) and len(ids) > 10
    assert text.endswith(b"\n\n") and b"data: [DONE]" in text
    straight = ask(hub.url, "POST", CHAT, {**bearer(hub.client_key), "Content-Type": "application/json"}, body)
    assert said(ID_LINE.sub(b"", text)) == said(straight.body)


def said(body):
    """What the model said, put together from its pieces."""
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith(b"data: {")]
    return "".join(e["choices"][0]["delta"].get("content") or "" for e in events if e["choices"])
