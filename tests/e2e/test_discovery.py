"""How the gateway learns what the servers have: slow, silent, endless and hostile servers, and who waits for whom."""
import json
import select
import threading
import time

import pytest
from support import processes
from support.mock_upstream import wait_event
from support.raw import Connection, ask, bearer, request_bytes

LISTS = {"openai": "/v1/models", "ollama": "/api/tags"}
NEVER = {"discovery_interval": "off"}


def listing(*models):
    return json.dumps({"object": "list", "data": [{"id": model, "object": "model"} for model in models]}).encode()


def get(front, path, timeout=30):
    return ask(front.address, "GET", path, bearer(front.client_key), timeout=timeout)


def chat(front, model, timeout=30):
    body = json.dumps({"model": model}).encode()
    return ask(front.address, "POST", "/v1/chat/completions", bearer(front.client_key), body, timeout)


def listed(front):
    return sorted(row["id"] for row in get(front, "/v1/models").json()["data"])


def detail(front, service="mock"):
    reply = ask(front.address, "GET", "/health", bearer(front.admin_key()))
    return reply.json()["services"][service]["upstreams"][0]


def in_background(act, *arguments):
    """Runs `act`; the list gets its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(act(*arguments)), daemon=True)
    thread.start()
    return thread, results


def drip(exchange):
    """A reply that is always about to go on."""
    exchange.send(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while not exchange.gone.wait(0.1):
        exchange.send(b"x")


def flood(beginning, piece):
    def script(exchange):
        exchange.send(beginning)
        while True:
            exchange.send(piece)
    return script


# ---- servers that do not answer as they should

@pytest.mark.parametrize("kind", LISTS)
def test_a_reply_that_drips_is_given_up_as_a_whole(gateway, new_mock, kind):
    dripping, good = new_mock(kind=kind), new_mock()
    dripping.on(LISTS[kind], drip)
    good.on("/v1/models", lambda exchange: exchange.reply(200, listing("good")))
    front = gateway({"mock": dripping.service(), "good": good.service()}, {"discovery_timeout": "500ms", **NEVER})
    assert listed(front) == ["good"]
    assert "in time" in detail(front)["trouble"]
    assert chat(front, "missing").status == 404


HEAD = b"HTTP/1.1 200 OK\r\n"
LINE = b"x" * 1000
ENDLESS = {
    "status line": (b"HTTP/1.1 200 ", LINE), "header": (HEAD + b"X: ", LINE), "headers": (HEAD, b"X: " + LINE + b"\r\n"),
    "chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", LINE), "body": (HEAD + b"\r\n", LINE * 100),
}


def peak_memory_mb(front):
    status = open(f"/proc/{front.process.pid}/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


@pytest.mark.parametrize("what", ENDLESS)
def test_a_reply_without_end_costs_little_memory(gateway, new_mock, what):
    mock = new_mock()
    mock.on("/v1/models", flood(*ENDLESS[what]))
    front = gateway({"mock": mock.service()}, {"discovery_timeout": "1h", **NEVER})
    before = peak_memory_mb(front)
    assert listed(front) == []
    assert detail(front)["trouble"]
    assert peak_memory_mb(front) - before < 100


HOSTILE = {
    "a long reason": b"HTTP/1.1 200 " + b"x" * 60_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "brackets": HEAD + b"Content-Length: 3000000\r\n\r\n" + b"[" * 3_000_000,
    "deep lists": HEAD + b"\r\n" + b'{"data":[{"id":"a","x":' + b"[" * 500_000 + b"]" * 500_000 + b"}]}",
    "deep objects": HEAD + b"\r\n" + b'{"models":[{"name":"a","x":' + b'{"a":' * 500_000 + b"1" + b"}" * 500_000 + b"}]}",
    "no HTTP": b"\x00\xff" * 5000,
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_lists_do_no_harm(gateway, new_mock, kind, what):
    def script(exchange):
        exchange.send(HOSTILE[what])
        exchange.close()
    mock = new_mock(kind=kind)
    mock.on("/api/", script)
    mock.on("/v1/models", script)
    front = gateway({"mock": mock.service()}, NEVER)
    assert listed(front) == []
    assert get(front, "/api/ps").json() == {"models": []}
    assert "version" in get(front, "/api/version").json()


def test_dates_that_no_calendar_holds_count_as_none(gateway, new_mock):
    mock = new_mock()
    rows = [{"id": "a", "created": 9223372036854775807}, {"id": "b", "created": -1}, {"id": "c", "created": 1_700_000_000}]
    mock.on("/v1/models", lambda exchange: exchange.reply(200, json.dumps({"data": rows}).encode()))
    front = gateway({"mock": mock.service()}, NEVER)
    assert [row["created"] for row in get(front, "/v1/models").json()["data"]] == [0, 0, 1_700_000_000]
    dates = [row["modified_at"][:10] for row in get(front, "/api/tags").json()["models"]]
    assert dates == ["1970-01-01", "1970-01-01", "2023-11-14"]


def test_a_gateway_that_waits_for_answers_ends_at_once(gateway, new_mock):
    silent = new_mock(kind="ollama")
    silent.on("/", lambda exchange: exchange.wait_gone())
    front = gateway({"mock": silent.service()}, {"discovery_timeout": "1h"})
    silent.wait_for("/api/tags")
    asking = threading.Thread(target=lambda: pytest.raises(Exception, get, front, "/api/ps"), daemon=True)
    asking.start()
    silent.wait_for("/api/ps")
    front.signal(15)
    assert front.wait(15) == 0  # the drain time is 2 s; an answer would take an hour
    asking.join()


# ---- when they are asked

def test_without_an_interval_only_misses_ask(gateway, new_mock):
    """Another gateway, which asks as often as any may, tells that there was time enough."""
    mock, clock = new_mock(), new_mock()
    for server in (mock, clock):
        server.on("/v1/models", lambda exchange: exchange.reply(200, listing("one")))
    front = gateway({"mock": mock.service()}, NEVER)
    gateway({"mock": clock.service()}, {"discovery_interval": "1ms"})
    for count in (1, 2):
        assert listed(front) == ["one"]
        clock.wait_for("/v1/models", 4 * count)
        assert len(mock.at("/v1/models")) == count
        assert chat(front, "missing").status == 404


def test_a_miss_during_a_round_asks_again(gateway, new_mock):
    """The fast server answered before it got the model, while the round still waits for the slow one."""
    slow, fast = new_mock(), new_mock()
    models, release = ["one"], threading.Event()
    slow.on("/v1/models", lambda exchange: exchange.reply(200, listing("slow" if release.wait(20) else "late")))
    fast.on("/v1/models", lambda exchange: exchange.reply(200, listing(*models)))
    front = gateway({"slow": slow.service(), "fast": fast.service()}, {"discovery_timeout": "1h", **NEVER})
    assert chat(front, "one").status == 200
    slow.wait_for("/v1/models")
    models.append("two")
    assert chat(front, "two").status == 200
    assert not release.is_set()
    release.set()
    assert listed(front) == ["one", "slow", "two"]


def test_a_model_that_nobody_has_is_refused_though_a_server_hangs(gateway, new_mock):
    silent = new_mock()
    silent.on("/v1/models", lambda exchange: exchange.wait_gone())
    front = gateway({"mock": silent.service()}, {"discovery_timeout": "1s", **NEVER})
    silent.wait_for("/v1/models")
    assert chat(front, "missing", timeout=10).status == 404
    assert listed(front) == []


def test_a_flood_of_misses_asks_a_hanging_server_one_question_at_a_time(gateway, new_mock):
    silent = new_mock()
    silent.on("/v1/models", lambda exchange: exchange.wait_gone())
    # Without the questions whether it is back, which are not discovery's.
    front = gateway({"mock": silent.service()}, {"discovery_timeout": "2s", "health_interval": "off", **NEVER})
    threads = [in_background(chat, front, f"missing-{n}") for n in range(20)]
    most = 0
    while any(thread.is_alive() for thread, _ in threads):
        most = max(most, silent.open_connections())
        time.sleep(0.02)
    assert [result[0].status for _, result in threads] == [404] * 20
    assert most == 1


# ---- what is remembered

def remembering(gateway, new_mock):
    mock, behaviour = new_mock(), {"script": lambda exchange: exchange.reply(200, listing("one", "two"))}
    mock.on("/v1/models", lambda exchange: behaviour["script"](exchange))
    front = gateway({"mock": mock.service()}, {"discovery_interval": "100ms", "discovery_timeout": "500ms"})
    assert listed(front) == ["one", "two"]
    return mock, behaviour, front


@pytest.mark.parametrize("trouble", ["silent", "resets", "fails"])
def test_a_server_that_is_too_busy_to_list_its_models_keeps_them(gateway, new_mock, trouble):
    mock, behaviour, front = remembering(gateway, new_mock)
    behaviour["script"] = {"silent": lambda exchange: exchange.wait_gone(), "resets": lambda exchange: exchange.reset(),
                           "fails": lambda exchange: exchange.reply(503, b"loading", reason="Loading")}[trouble]
    found = processes.wait_until(lambda: (row := detail(front)).get("trouble") and row, "the trouble to be noticed")
    assert (found["reachable"], found["models"]) == (trouble == "fails", 2)
    assert listed(front) == ["one", "two"]
    assert chat(front, "two").status == 200


def test_another_list_replaces_the_one_that_was_kept(gateway, new_mock):
    mock, behaviour, front = remembering(gateway, new_mock)
    behaviour["script"] = lambda exchange: exchange.reset()
    processes.wait_until(lambda: detail(front).get("trouble"), "the trouble to be noticed")
    behaviour["script"] = lambda exchange: exchange.reply(200, listing("two", "three"))
    processes.wait_until(lambda: listed(front) == ["three", "two"], "the new list")
    assert "trouble" not in detail(front)


def test_a_gateway_whose_servers_are_gone_says_that_it_is_degraded(gateway, new_mock):
    mock, _, front = remembering(gateway, new_mock)
    assert get(front, "/health").json()["status"] == "ok"
    mock.close()
    processes.wait_until(lambda: get(front, "/health").json()["status"] == "degraded", "the end to be noticed")


# ---- Ollama's views of all servers

def test_servers_that_hang_do_not_hold_up_the_views_of_the_others(gateway, new_mock):
    silent, good = new_mock(models=["s"], kind="ollama"), new_mock(models=["g"], kind="ollama")
    silent.on("/api/", lambda exchange: exchange.wait_gone())
    good.on("/api/ps", lambda exchange: exchange.reply(200, b'{"models":[{"name":"g"}]}'))
    good.on("/api/version", lambda exchange: exchange.reply(200, b'{"version":"7.8.9"}'))
    front = gateway({"silent": silent.service(), "good": good.service()})
    assert get(front, "/api/version").json() == {"version": "7.8.9"}
    assert get(front, "/api/ps").json() == {"models": [{"name": "g"}]}


def test_a_burst_of_views_asks_once(gateway, new_mock):
    mock, release = new_mock(models=["m"], kind="ollama"), threading.Event()
    mock.on("/api/ps", lambda exchange: release.wait(2.5) and exchange.reply(200, b'{"models":[{"name":"m"}]}'))
    front = gateway({"mock": mock.service()})
    threads = [in_background(get, front, "/api/ps") for _ in range(30)]
    mock.wait_for("/api/ps")
    release.set()
    for thread, _ in threads:
        thread.join()
    assert [result[0].json() for _, result in threads] == [{"models": [{"name": "m"}]}] * 30
    assert len(mock.at("/api/ps")) == 1


def test_views_are_fresh_again_after_a_moment(gateway, new_mock):
    mock, count = new_mock(models=["m"], kind="ollama"), iter(range(100))
    mock.on("/api/version", lambda exchange: exchange.reply(200, json.dumps({"version": f"1.0.{next(count)}"}).encode()))
    front = gateway({"mock": mock.service()})
    first = get(front, "/api/version").json()
    processes.wait_until(lambda: get(front, "/api/version").json() != first, "another answer", 5)


def test_uploads_do_not_wait_for_views(gateway, new_mock):
    """Bodies that go to disk use the gateway's few threads for slow work; a hanging Ollama must not hold those."""
    hung, good = new_mock(models=["h"], kind="ollama"), new_mock(models=["good"])
    asked, body = threading.Event(), b'{"x":"' + b"y" * 300_000 + b'","model":"good"}'
    hung.on("/api/", lambda exchange: (asked.set(), exchange.wait_gone()))
    front = gateway({"hung": hung.service(), "good": good.service()})
    clients = [Connection(front.address) for _ in range(16)]
    for number, client in enumerate(clients):
        path = ("/api/ps", "/api/version")[number % 2]
        client.send(request_bytes("GET", path, bearer(front.client_key), host=client.address))
    wait_event(asked)
    assert ask(front.address, "POST", "/v1/chat/completions", bearer(front.client_key), body).status == 200
    assert not select.select([client.sock for client in clients], [], [], 0)[0]  # the views wait still
    for client in clients:
        assert client.response().status == 200
        client.close()
