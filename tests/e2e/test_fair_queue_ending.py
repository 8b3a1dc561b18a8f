"""Requests that wait for a server while the gateway stops, is replaced or reads its settings anew: nobody is forgotten."""
import signal

import pytest
from test_restart import replaceable, restart  # noqa: F401

from support import processes
from support.desk import CHAT, TIERS, Desk, finish, line_up, queue_of, send, wait_length
from support.raw import Incomplete


@pytest.fixture
def desk(mock):
    return Desk(mock)


@pytest.fixture
def begin(gateway, desk):
    """A gateway before the desk, with one request inside and as many in line as asked for."""
    def start(waiting, factory=gateway, settings=None, row=(), **more):
        front = factory({"mock": {**desk.row, **dict(row)}}, {"tiers": TIERS, **(settings or {})}, **more)
        front.client_key = front.ready_key("ann", "--tier", "light")
        clients = [send(front, front.client_key, "first")]
        desk.wait_for(1)
        return front, clients + line_up(front, front.client_key, [f"{number}" for number in range(waiting)], 0)
    return start


def said(front, what):
    processes.wait_until(lambda: what in front.stderr(), what)


def reload(front, **row):
    front.services["mock"].update(row)
    front.write_config()
    front.signal(signal.SIGHUP)
    said(front, "config.reloaded")


@pytest.mark.parametrize("threads", [1, 2])
def test_who_waits_when_the_gateway_is_told_to_stop_is_served(begin, desk, threads):
    front, clients = begin(5, drain="30s", flags=[f"--threads={threads}"])
    front.signal(signal.SIGTERM)
    said(front, "gateway.draining")
    assert finish(desk, clients) == [200] * 6
    assert front.wait() == 0
    assert desk.most_inside == 1


def test_whoever_still_waits_when_the_time_is_over_is_told(begin, desk):
    front, (inside, *waiting) = begin(3, drain="300ms")
    front.signal(signal.SIGTERM)
    replies = [client.response("POST") for client in waiting]
    assert [reply.status for reply in replies] == [503] * 3
    assert all(int(reply.get("Retry-After")) >= 1 for reply in replies)
    assert all(reply.json()["error"]["message"] for reply in replies)
    with pytest.raises(Incomplete):
        inside.response("POST")
    assert front.wait() == 0
    lines = [line for line in front.access_log() if line["request_uri"] == CHAT]
    assert sorted(line["status"] for line in lines)[-3:] == [503] * 3 and len(lines) == 4
    desk.let_out(4)
    assert desk.order == ["first"]


def test_a_stream_that_was_told_its_place_ends_with_an_error(begin, desk):
    front, (inside,) = begin(0, drain="300ms", settings={"stream_keepalive": "50ms"})
    with send(front, front.client_key, "stream", stream=True) as client:
        assert client.head().status == 200
        got = client.chunk()[0]
        assert got.startswith(b": queued, place 1 of 1")
        front.signal(signal.SIGTERM)
        with pytest.raises(Incomplete):
            while True:
                got += client.chunk()[0]
        assert b'"error"' in got and b"[DONE]" not in got
    assert front.wait() == 0
    desk.let_out()
    inside.close()


def test_a_client_that_leaves_while_the_gateway_stops_holds_nobody_up(begin, desk):
    front, (inside, leaving, staying) = begin(2, drain="30s")
    front.signal(signal.SIGTERM)
    said(front, "gateway.draining")
    leaving.reset()
    assert finish(desk, [inside, staying]) == [200] * 2
    assert front.wait() == 0
    assert desk.order == ["first", "1"]


def test_at_a_restart_the_old_process_serves_who_waits_and_the_new_one_who_comes(begin, desk, replaceable):
    front, clients = begin(4, factory=replaceable, drain="30s")
    restart(front)
    newcomer = send(front, front.client_key, "newcomer")
    desk.wait_for(2)
    assert desk.order == ["first", "newcomer"]
    later = line_up(front, front.client_key, ["later"], 0)
    assert [row["model"] for row in queue_of(front, front.client_key)["waiting"]] == ["mock"]
    assert finish(desk, [*clients, newcomer, *later]) == [200] * 7
    assert front.wait() == 0
    assert sorted(desk.order[2:]) == ["0", "1", "2", "3", "later"]


def test_whoever_waits_for_a_service_that_a_reload_removes_is_served_all_the_same(begin, desk):
    front, clients = begin(3)
    del front.services["mock"]
    front.write_config()
    front.signal(signal.SIGHUP)
    said(front, "config.reloaded")
    assert finish(desk, clients) == [200] * 4
    assert desk.most_inside == 1


def test_a_reload_may_take_places_away_while_they_are_waited_for(gateway, mock):
    desk = Desk(mock, most=2)
    front = gateway({"mock": desk.row}, {"tiers": TIERS})
    front.client_key = front.ready_key("ann", "--tier", "light")
    clients = [send(front, front.client_key, name) for name in ("a", "b")]
    desk.wait_for(2)
    clients += line_up(front, front.client_key, ["c", "d", "e"], 0)
    reload(front, max_concurrent=1)
    desk.let_out()
    wait_length(front, 3)
    desk.let_out()
    assert desk.wait_for(3)[2] == "c"
    assert desk.inside == 1
    desk.let_out(3)
    assert [client.response("POST").status for client in clients] == [200] * 5


def test_a_reload_that_ends_the_limit_lets_everybody_in(begin, desk):
    front, clients = begin(4)
    del front.services["mock"]["max_concurrent"]
    reload(front)
    desk.wait_for(5)
    assert queue_of(front, front.client_key)["length"] == 0
    assert finish(desk, clients) == [200] * 5


def test_a_shorter_queue_drops_nobody_who_stands_in_it(begin, desk):
    front, clients = begin(3)
    front.write_config(queue_length=1)
    front.signal(signal.SIGHUP)
    said(front, "config.reloaded")
    with send(front, front.client_key, "too many") as refused:
        assert refused.response("POST").status == 503
    wait_length(front, 3)
    assert finish(desk, clients) == [200] * 4
    assert "too many" not in desk.order
