"""A client that lost its connection takes its stream up again: every event once, in order, whatever was cut where."""
import json
import random
import re
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

    def __init__(self, front, key, path=CHAT, last=None, body=BODY, by_get=False, headers=()):
        self.connection = Connection(front.address)
        extra = {**bearer(key), **dict(headers)}
        if last is not None:
            extra["Last-Event-ID"] = last
        if by_get:
            request = request_bytes("GET", f"/v1/streams/{last.split(':')[0]}", extra)
        else:
            request = request_bytes("POST", path, {**extra, **RESUME, "Content-Type": "application/json"}, body)
        self.reply = self.connection.send(request).head()
        self.text = b""
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
    mock.on(CHAT, Numbers(count, pad=rng.choice([0, 10, 500])))
    got, cuts = collect_with_cuts(front, rng, count, by_get=True)
    assert got == list(range(1, count + 1))
    assert cuts > 1
    assert len(mock.at(CHAT)) == 1, "taking up must not ask the server again"
