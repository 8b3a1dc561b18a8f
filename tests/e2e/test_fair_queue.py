"""Requests that wait for a server: whose turn it is, what they are told, and how they leave."""
import random
import signal
import socket
import threading
import time

import pytest

from support import processes
from support.desk import CHAT, QUEUE, TIERS, Desk, finish, line_up, queue_of, send, user_key, wait_length
from support.raw import Connection, Incomplete, ask, bearer, request_bytes


class CountingDoor:
    """Answers after a moment, and knows how many the gateway had asked of it at once; connections it has ended do not count."""

    def __init__(self, mock):
        self.most_inside, self._inside, self._lock = 0, set(), threading.Lock()
        mock.on(CHAT, self.serve)

    def serve(self, exchange):
        with self._lock:
            self._inside.add(exchange)
            self.most_inside = max(self.most_inside, sum(still_there(each) for each in self._inside))
        time.sleep(0.002)
        with self._lock:
            self._inside.remove(exchange)
        exchange.reply(200, b'{"x":1}', [("Content-Type", "application/json")])


def still_there(exchange):
    try:
        return exchange.stream.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.fixture
def begin(gateway):
    """A gateway whose key is one of user ann; only room at the servers limits anybody."""
    def start(services, settings=None, threads=2):
        front = gateway(services, {"tiers": TIERS, **(settings or {})}, flags=[f"--threads={threads}"])
        front.client_key = user_key(front, "ann")
        return front
    return start


@pytest.mark.parametrize("threads", [1, 2])
def test_users_take_turns_by_the_weight_of_their_tier(begin, mock, threads):
    desk = Desk(mock)
    front = begin({"mock": desk.row}, threads=threads)
    light, heavy = front.client_key, user_key(front, "bob", "heavy")
    first = send(front, light, "first")
    desk.wait_for(1)
    clients = [first, *line_up(front, light, ["light"] * 6, 0), *line_up(front, heavy, ["heavy"] * 12, 6)]
    assert finish(desk, clients) == [200] * 19
    order = desk.order[1:]
    assert desk.most_inside == 1
    for end in (4, 8, 12, 16):
        assert order[:end].count("heavy") == end * 3 // 4, order
    assert order[16:] == ["light", "light"]


def test_one_request_does_not_stand_behind_another_users_crowd(begin, mock):
    desk = Desk(mock)
    front = begin({"mock": desk.row})
    ann, bob = front.client_key, user_key(front, "bob")
    crowd = [send(front, ann, "first")]
    desk.wait_for(1)
    crowd += line_up(front, ann, [f"ann {i}" for i in range(30)], 0)
    crowd += line_up(front, bob, ["bob"], 30)
    assert finish(desk, crowd) == [200] * 32
    assert desk.order.index("bob") <= 2
    assert [name for name in desk.order[1:] if name != "bob"] == [f"ann {i}" for i in range(30)]


def test_a_newcomer_does_not_overtake_whoever_waits(begin, mock):
    """A place is handed over: while others come in a stream, the one who waits is served next."""
    desk = Desk(mock)
    front = begin({"mock": desk.row})
    clients = [send(front, front.client_key, "0")]
    desk.wait_for(1)
    clients += line_up(front, front.client_key, ["1"], 0)
    for number in range(2, 40):
        newcomer = threading.Thread(target=lambda n=number: clients.append(send(front, front.client_key, str(n))))
        newcomer.start()
        desk.let_out()
        desk.wait_for(number)
        newcomer.join()
        wait_length(front, 1)
    desk.let_out(2)
    assert [client.response("POST").status for client in clients] == [200] * 40
    assert desk.order == [str(number) for number in range(40)]


def test_a_place_at_one_of_two_servers_goes_to_who_can_use_it(begin, new_mock):
    both, single = new_mock(models=["both", "single"]), new_mock(models=["both"])
    one, two = Desk(both), Desk(single)
    front = begin({"one": one.row, "two": two.row})
    busy = [send(front, front.client_key, "a", "single")]
    one.wait_for(1)
    busy.append(send(front, front.client_key, "b", "both"))
    two.wait_for(1)
    waiting = [send(front, front.client_key, "only one", "single")]
    wait_length(front, 1)
    waiting.append(send(front, front.client_key, "either", "both"))
    wait_length(front, 2)
    two.let_out()
    assert two.wait_for(2) == ["b", "either"]
    assert [row["model"] for row in queue_of(front, front.client_key)["waiting"]] == ["single"]
    one.let_out()
    assert one.wait_for(2) == ["a", "only one"]
    one.let_out()
    two.let_out()
    assert [client.response("POST").status for client in busy + waiting] == [200] * 4


def events_until(client, wanted):
    """What comes of a stream until a piece holds `wanted`."""
    got = b""
    while wanted not in got:
        got += client.chunk()[0]
    return got


@pytest.mark.parametrize("path,after", [(CHAT, b"\n\n"), ("/v1/messages", b"\nevent: ping\n")])
def test_streaming_clients_are_told_their_place_when_it_changes(begin, mock, path, after):
    desk = Desk(mock)
    front = begin({"mock": {**desk.row, "apis": ["chat"]}}, {"stream_keepalive": "60s"})
    clients = [send(front, front.client_key, "first")]
    desk.wait_for(1)
    clients += line_up(front, front.client_key, ["second"], 0)
    with send(front, front.client_key, "me", path=path, stream=True, max_tokens=9) as me:
        assert me.head().status == 200
        events_until(me, b": queued, place 2 of 2" + after)
        desk.let_out()
        desk.wait_for(2)
        between = events_until(me, b": queued, place 1 of 1" + after)
        assert between.count(b": queued") == 1
        desk.let_out(2)
        end = b"[DONE]" if path == CHAT else b"message_stop"
        assert b"queued" not in events_until(me, end)
    for client in clients:
        assert client.response("POST").status == 200


def test_who_waits_for_a_moment_only_gets_the_reply_as_it_is(begin, mock):
    desk = Desk(mock)
    front = begin({"mock": desk.row})
    with send(front, front.client_key, "first") as first, send(front, front.client_key, "me", stream=True) as me:
        desk.wait_for(1)
        wait_length(front, 1)
        desk.let_out(2)
        assert first.response("POST").status == 200
        assert b"queued" not in me.response("POST").body


def test_users_see_their_own_requests_and_admins_how_many_everybody_has(begin, mock):
    desk = Desk(mock)
    front = begin({"mock": desk.row})
    ann, bob = front.client_key, user_key(front, "bob")
    admin = front.admin_key()
    clients = [send(front, ann, "first")]
    desk.wait_for(1)
    assert queue_of(front, ann) == {"waiting": [], "length": 0}
    clients += line_up(front, ann, ["ann 1"], 0) + line_up(front, bob, ["bob 1"], 1) + line_up(front, ann, ["ann 2"], 2)
    seen = queue_of(front, ann)
    assert seen["length"] == 3 and "users" not in seen
    assert [(row["model"], row["place"], row["of"]) for row in seen["waiting"]] == [("mock", 1, 3), ("mock", 3, 3)]
    assert all(row["request_id"] and row["waited_ms"] >= 0 for row in seen["waiting"])
    whole = queue_of(front, admin)
    assert whole["waiting"] == []
    assert whole["users"] == [{"user": "ann", "waiting": 2}, {"user": "bob", "waiting": 1}]
    assert ask(front.url, "GET", "/health", bearer(admin)).json()["waiting"] == 3
    assert "waiting" not in ask(front.url, "GET", "/health", bearer(ann)).json()
    assert ask(front.url, "GET", QUEUE).status == 401
    ids = {row["request_id"] for row in seen["waiting"]}
    assert finish(desk, clients) == [200] * 4
    processes.wait_until(lambda: ids <= {row["request_id"] for row in front.access_log()}, "the lines of those who waited")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_leaves_frees_its_place_in_line(begin, mock, chunked):
    """Also one whose body was not read to its end yet."""
    desk = Desk(mock)
    front = begin({"mock": desk.row}, {"queue_length_per_user": 2})
    with send(front, front.client_key, "first") as first:
        desk.wait_for(1)
        if chunked:
            leaving = Connection(front.url)
            leaving.send(request_bytes("POST", "/mock" + CHAT, {**bearer(front.client_key), "Transfer-Encoding": "chunked"}))
        else:
            leaving = send(front, front.client_key, "leaving")
        wait_length(front, 1)
        staying = send(front, front.client_key, "staying")
        wait_length(front, 2)
        leaving.reset()
        wait_length(front, 1)
        desk.let_out()
        assert desk.wait_for(2) == ["first", "staying"]
        desk.let_out()
        assert [first.response("POST").status, staying.response("POST").status] == [200, 200]
        staying.close()


@pytest.mark.parametrize("path", [CHAT, "/v1/messages", "/api/chat"])
def test_a_full_queue_is_said_in_the_dialect_of_the_path(begin, mock, path):
    desk = Desk(mock)
    front = begin({"mock": {**desk.row, "apis": ["chat"]}}, {"queue_length": 2, "queue_length_per_user": 1})
    keys = [front.client_key, user_key(front, "bob"), user_key(front, "cid")]
    clients = [send(front, keys[0], "first")]
    desk.wait_for(1)
    clients += line_up(front, keys[0], ["ann"], 0)
    with send(front, keys[0], "too many", path=path, max_tokens=9) as refused:
        check_refusal(refused.response("POST"), path, "queue_length_per_user")
    clients += line_up(front, keys[1], ["bob"], 1)
    with send(front, keys[2], "too many", path=path, max_tokens=9) as refused:
        check_refusal(refused.response("POST"), path, "raise queue_length")
    assert queue_of(front, keys[0])["length"] == 2
    assert finish(desk, clients) == [200] * 3
    assert "too many" not in desk.order


def check_refusal(reply, path, words):
    assert reply.status == 503 and 1 <= int(reply.get("Retry-After")) <= 30
    error = reply.json()["error"]
    message = error if path == "/api/chat" else error["message"]
    assert words in message
    if path == CHAT:
        assert error["code"] == "queue_full"


def test_what_a_reload_allows_more_lets_in_who_waits(begin, mock):
    desk = Desk(mock)
    front = begin({"mock": desk.row})
    clients = [send(front, front.client_key, "0")]
    desk.wait_for(1)
    clients += line_up(front, front.client_key, ["1", "2", "3"], 0)
    front.services["mock"]["max_concurrent"] = 3
    front.write_config()
    front.signal(signal.SIGHUP)
    assert sorted(desk.wait_for(3)) == ["0", "1", "2"]  # two are let in at once
    wait_length(front, 1)
    assert finish(desk, clients) == [200] * 4
    assert desk.most_inside == 3


def test_waiting_is_not_the_gateways_own_time(begin, mock):
    desk = Desk(mock)
    front = begin({"mock": desk.row})
    with send(front, front.client_key, "first") as first, send(front, front.client_key, "second") as second:
        wait_length(front, 1)
        processes.wait_until(lambda: queue_of(front, front.client_key)["waiting"][0]["waited_ms"] > 400, "a long wait")
        desk.let_out(2)
        assert [first.response("POST").status, second.response("POST").status] == [200, 200]
    processes.wait_until(lambda: len([row for row in front.access_log() if row["request_uri"] == CHAT]) == 2, "both lines")
    rows = [row for row in front.access_log() if row["request_uri"] == CHAT]
    assert max(float(row["request_time"]) for row in rows) > 0.4
    assert all(float(row["overhead_ms"]) < 400 for row in rows)


@pytest.mark.parametrize("threads", [1, 2])
def test_everybody_gets_an_answer_while_clients_come_and_leave_at_random(begin, new_mock, threads):
    """A wake-up that is lost would leave somebody waiting for the queue_timeout, which is longer than this test may take."""
    wide, narrow = new_mock(models=["mock", "wide"]), new_mock(models=["mock"])
    doors = [CountingDoor(wide), CountingDoor(narrow)]
    front = begin({"wide": wide.service(max_concurrent=2), "narrow": narrow.service(max_concurrent=1)},
                    {"queue_timeout": "10m", "queue_length_per_user": 1000}, threads)
    keys = [front.client_key, user_key(front, "bob"), user_key(front, "cid")]
    statuses, failures = [], []

    def client(seed):
        dice = random.Random(seed)
        for number in range(25):
            try:
                with send(front, dice.choice(keys), str(number), dice.choice(["mock", "mock", "wide"])) as asking:
                    if dice.random() < 0.3:
                        asking.sock.settimeout(dice.random() * 0.02 + 0.001)
                        try:
                            asking.sock.recv(1)
                        except TimeoutError:
                            pass
                        asking.reset()
                    else:
                        statuses.append(asking.response("POST").status)
            except (Incomplete, OSError) as problem:
                failures.append(problem)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "somebody was never served"
    assert not failures and set(statuses) == {200}
    assert [door.most_inside for door in doors] == [2, 1]
    wait_length(front, 0)
    admin = front.admin_key()
    processes.wait_until(lambda: all(server["outstanding"] == 0 for name in ("wide", "narrow") for server in
                                     ask(front.url, "GET", "/health", bearer(admin)).json()["services"][name]["upstreams"]),
                         "every place to be given back")
