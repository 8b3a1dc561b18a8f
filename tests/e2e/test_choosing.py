"""Which of several servers gets a request, what a failing one gets, and how soon one that is back is used again."""
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import processes
from support.mock_upstream import MockUpstream, wait_event
from support.raw import Connection, Incomplete, bearer, request_bytes

CHAT = "/v1/chat/completions"


def body(text="hello", system=None, **more):
    messages = [{"role": "system", "content": system}] if system else []
    return json.dumps({"model": "m", **more, "messages": [*messages, {"role": "user", "content": text}]}).encode()


def post(front, payload=None, headers=()):
    with Connection(front.address, 60) as connection:
        return send(connection, front, payload, headers)


def send(connection, front, payload=None, headers=()):
    headers = {**bearer(front.client_key), **dict(headers)}
    connection.send(request_bytes("POST", CHAT, headers, payload or body(), host=front.address))
    return connection.response("POST")


def crowd(front, clients, requests):
    """So many requests by so many clients, each on its connection; all must be answered 200."""
    left = iter(range(requests))

    def client():
        with Connection(front.address, 60) as connection:
            for _ in left:
                assert send(connection, front).status == 200

    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(client) for _ in range(clients)]:
            done.result()


def chats(mock):
    return len(mock.at(CHAT))


def takes(seconds):
    """A server that needs so long for an answer, for any number of them at once."""
    def script(exchange):
        time.sleep(seconds)
        exchange.reply(200, b"{}")
    return script


def fails(exchange, status=503):
    exchange.reply(status, b'{"error":{"message":"loading"}}')


@pytest.fixture
def three(new_mock):
    return [new_mock() for _ in range(3)]


def one_service(mocks, **more):
    return {"pool": {"urls": [mock.url for mock in mocks], "kind": "openai", "models": ["m"], **more}}


def services(**mocks):
    """A service for each; `name=(mock, {settings})`."""
    return {name: {"url": mock.url, "kind": "openai", "models": ["m"], **more} for name, (mock, more) in mocks.items()}


def test_round_robin_gives_weights_their_shares(gateway, three):
    front = gateway(one_service(three, weights=[1, 2, 3]), {"strategy": "round-robin"})
    crowd(front, clients=4, requests=600)
    for mock, share in zip(three, (100, 200, 300)):
        assert abs(chats(mock) - share) <= 0.05 * share


def test_least_outstanding_gives_a_server_twice_as_slow_a_third(gateway, new_mock):
    quick, slow = new_mock(), new_mock()
    quick.on(CHAT, takes(0.05))
    slow.on(CHAT, takes(0.10))
    front = gateway(one_service([quick, slow]))
    crowd(front, clients=8, requests=400)
    assert 0.30 <= chats(slow) / 400 <= 0.37


def test_idle_servers_take_turns(gateway, three):
    """A place is given back a moment after its reply: who comes at once may find one server less idle."""
    front = gateway(one_service(three))
    for _ in range(30):
        assert post(front).status == 200
    assert all(8 <= chats(mock) <= 12 for mock in three)


def test_latency_prefers_the_quick_one(gateway, new_mock):
    quick, slow = new_mock(), new_mock()
    slow.on(CHAT, takes(0.15))
    front = gateway(one_service([quick, slow]), {"strategy": "latency"})
    for _ in range(60):
        assert post(front).status == 200
    assert 1 <= chats(slow) <= 6


def test_cost_takes_the_cheapest(gateway, three):
    front = gateway(services(dear=(three[0], {"cost": 2}), cheap=(three[1], {"cost": 0.5}), free=(three[2], {})), {"strategy": "cost"})
    crowd(front, clients=4, requests=40)
    assert [chats(mock) for mock in three] == [0, 0, 40]


def test_cost_takes_the_next_when_the_cheapest_has_no_room(gateway, new_mock):
    dear, cheap, released = new_mock(), new_mock(), threading.Event()
    cheap.on(CHAT, lambda exchange: (wait_event(released), exchange.reply(200, b"{}")))
    front = gateway(services(dear=(dear, {"cost": 2}), cheap=(cheap, {"cost": 0.5, "max_concurrent": 1})), {"strategy": "cost"})
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(post, front)
        cheap.wait_for(CHAT)
        assert post(front).status == 200
        released.set()
        assert held.result().status == 200
    assert (chats(dear), chats(cheap)) == (1, 1)


def asked(mock, text):
    return [exchange for exchange in mock.at(CHAT) if text.encode() in exchange.request.body]


def test_a_conversation_stays_with_its_server_and_conversations_spread(gateway, three):
    front = gateway(one_service(three), {"strategy": "sticky"})
    for number in range(24):
        first = {"role": "user", "content": f"question {number}."}
        messages = [{"role": "system", "content": "the same for all"}, first]
        for _ in range(3):
            assert post(front, json.dumps({"model": "m", "messages": messages}).encode()).status == 200
            messages += [{"role": "assistant", "content": "so it is"}, {"role": "user", "content": "and then?"}]
    for number in range(24):
        assert sorted(len(asked(mock, f"question {number}.")) for mock in three) == [0, 0, 3]
    assert all(chats(mock) >= 3 * 2 for mock in three)


@pytest.mark.parametrize("header", ["X-Session-Id", "X-Litellm-Session-Id", "X-Aihub-Session"])
def test_a_session_stays_with_its_server_whatever_is_said(gateway, three, header):
    front = gateway(one_service(three), {"strategy": "sticky"})
    for session in range(6):
        for turn in range(4):
            assert post(front, body(f"session {session}. turn {turn}"), {header: f"s{session}"}).status == 200
    for session in range(6):
        assert sorted(len(asked(mock, f"session {session}.")) for mock in three) == [0, 0, 4]


def test_a_group_has_a_strategy_of_its_own(gateway, three):
    front = gateway(one_service(three, weights=[1, 1, 2], group="local"),
                    {"groups": {"local": {"strategy": "round-robin"}}, "strategy": "sticky"})
    for _ in range(8):
        assert post(front).status == 200
    assert [chats(mock) for mock in three] == [2, 2, 4]


def test_the_next_priority_serves_only_when_the_first_is_down(gateway, new_mock):
    near, far = new_mock(), new_mock()
    front = gateway(services(far=(far, {"priority": 10}), near=(near, {"priority": 1})))
    crowd(front, clients=6, requests=60)
    assert (chats(near), chats(far)) == (60, 0)
    near.close()
    crowd(front, clients=6, requests=60)
    assert chats(far) == 60


class Counting:
    """How many requests are under way at a server, and the most there were."""

    def __init__(self):
        self.inside, self.most, self.lock = 0, 0, threading.Lock()

    def __call__(self, exchange):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.02)
        with self.lock:
            self.inside -= 1
        exchange.reply(200, b"{}")


def test_no_server_gets_more_at_once_than_it_may_have_and_who_waits_is_served(gateway, new_mock):
    small, large, counts = new_mock(), new_mock(), (Counting(), Counting())
    small.on(CHAT, counts[0])
    large.on(CHAT, counts[1])
    front = gateway(services(small=(small, {"max_concurrent": 1}), large=(large, {"max_concurrent": 3})))
    crowd(front, clients=12, requests=240)
    assert (counts[0].most, counts[1].most) == (1, 3)
    assert chats(small) + chats(large) == 240


def test_a_server_that_fails_fast_attracts_nothing(gateway, new_mock):
    sick, sound = new_mock(), new_mock()
    sick.on(CHAT, fails)
    sound.on(CHAT, takes(0.02))
    front = gateway(one_service([sick, sound]))
    crowd(front, clients=4, requests=300)
    trials = len(sick.at("/v1/models"))
    assert chats(sound) == 300
    assert chats(sick) <= 3 + 3 + trials  # until the breaker opens, those that were under way then, one for each probe


def answered_log(front, times=1):
    processes.wait_until(lambda: front.stderr().count("service.answered") >= times, "the gateway to see that a server is back")


def test_a_server_that_is_back_gets_one_trial_first_and_is_in_use_after_it(gateway, new_mock):
    lost, other, released = new_mock(), new_mock(), threading.Event()
    front = gateway(services(lost=(lost, {}), other=(other, {})))
    lost.close()
    for _ in range(4):
        assert post(front).status == 200
    with MockUpstream(port=lost.port) as back:
        back.on(CHAT, lambda exchange: (wait_event(released), exchange.reply(200, b"{}")))
        answered_log(front)
        before = chats(other)
        with ThreadPoolExecutor(1) as pool:
            trial = pool.submit(post, front)
            back.wait_for(CHAT)
            for _ in range(5):
                assert post(front).status == 200
            assert (chats(back), chats(other) - before) == (1, 5)
            released.set()
            assert trial.result().status == 200
        for _ in range(4):
            assert post(front).status == 200
        assert chats(back) == 3
        assert len(back.at("/v1/models")) == 1


def with_a_sick_server(gateway, new_mock):
    """Two servers of which one has failed until it was left in peace, and has answered the probe since."""
    sick, sound = new_mock(), new_mock()
    sick.on(CHAT, fails)
    front = gateway(one_service([sick, sound]))
    while chats(sick) < 3:
        assert post(front).status == 200
    answered_log(front)
    return front, sick


def test_a_trial_that_fails_costs_the_client_nothing(gateway, new_mock):
    front, sick = with_a_sick_server(gateway, new_mock)
    assert post(front).status == 200
    assert chats(sick) == 4
    answered_log(front, 2)
    sick.on(CHAT, takes(0))
    for _ in range(4):
        assert post(front).status == 200
    assert chats(sick) >= 6


def test_the_probe_of_a_server_that_is_down_loads_no_model(gateway, new_mock):
    front, sick = with_a_sick_server(gateway, new_mock)
    assert {exchange.request.first_line for exchange in sick.requests if exchange.path != CHAT} == {"GET /v1/models HTTP/1.1"}


def test_a_server_that_hangs_is_passed_over_by_all_but_the_first(gateway, new_mock):
    stuck, sound, released = new_mock(), new_mock(), threading.Event()
    stuck.on("/v1/", lambda exchange: (wait_event(released), exchange.reply(200, b"{}")))
    front = gateway(one_service([stuck, sound], first_byte_timeout="500ms"))
    for _ in range(10):
        assert post(front).status == 200
    assert chats(stuck) == 1
    released.set()


def test_clients_that_leave_are_no_failures_of_the_server(gateway, new_mock):
    near, far, released = new_mock(), new_mock(), threading.Event()
    near.on(CHAT, lambda exchange: (exchange.wait_gone() if not released.is_set() else exchange.reply(200, b"{}")))
    front = gateway(services(near=(near, {}), far=(far, {"priority": 1})))
    for count in range(1, 6):
        connection = Connection(front.address)
        connection.send(request_bytes("POST", CHAT, bearer(front.client_key), body(), host=front.address))
        exchange = near.wait_for(CHAT, count)[-1]
        connection.reset()
        wait_event(exchange.gone)
    released.set()
    assert post(front).status == 200
    assert (chats(near), chats(far)) == (6, 0)


def test_when_all_are_down_each_is_still_tried(gateway, new_mock):
    mocks = [new_mock(), new_mock()]
    for mock in mocks:
        mock.on(CHAT, fails)
    front = gateway(one_service(mocks))
    for _ in range(5):
        assert post(front).status == 503
    mocks[1].on(CHAT, takes(0))
    assert post(front).status == 200


def test_a_stream_that_breaks_off_under_way_does_not_count_as_served(gateway, new_mock):
    first, second = new_mock(), new_mock()
    first.on(CHAT, lambda exchange: (exchange.start_chunks(), exchange.chunk(b'data: {"choices":[]}\n\n'), exchange.reset()))
    front = gateway(services(first=(first, {}), second=(second, {"priority": 1})))
    with pytest.raises(Incomplete):
        post(front, body(stream=True))
    assert chats(second) == 0
