"""Signals under load: no request fails for a reload or an orderly end."""
import json
import os
import signal
import threading

import pytest
from support import processes
from support.load import Load
from support.mock_upstream import PIECES, wait_event
from support.raw import Connection, Incomplete, ask, bearer, request_bytes

CHAT = json.dumps({"model": "mock", "messages": [], "stream": True}).encode()


def slow_stream(steps):
    """A stream whose pieces come when the test lets them."""
    def script(exchange):
        exchange.start_chunks()
        for step in steps:
            exchange.chunk(PIECES[0])
            wait_event(step)
        exchange.chunk(PIECES[1])
        exchange.end_chunks()
    return script


def test_sigterm_under_load_fails_no_request(gateway, mock):
    front = gateway({"mock": mock.service()}, drain="20s")
    with Load(front, "/mock/x", workers=16) as load:
        load.more(500)
        front.signal(signal.SIGTERM)
        assert front.wait() == 0
    assert load.failures == []


def test_sigterm_lets_streams_come_to_their_end(gateway, mock):
    step = threading.Event()
    mock.on("/", slow_stream([step]))
    front = gateway({"mock": mock.service()}, drain="20s")
    streams = [Connection(front.url) for _ in range(10)]
    for client in streams:
        client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), CHAT))
        assert client.head().status == 200
        assert client.chunk()[0] == PIECES[0]
    front.signal(signal.SIGTERM)
    processes.wait_until(lambda: not listens(front), "the gateway to stop listening")
    step.set()
    for client in streams:
        assert client.chunk()[0] == PIECES[1]
        assert client.chunk() == (b"", b"0\r\n\r\n")
        client.close()
    assert front.wait() == 0


def listens(front):
    try:
        Connection(front.address).close()
    except OSError:
        return False
    return True


def test_streams_that_outlast_the_drain_are_broken_off_visibly(gateway, mock):
    mock.on("/", slow_stream([threading.Event()]))
    front = gateway({"mock": mock.service()}, drain="1s")
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), CHAT))
        client.head()
        front.signal(signal.SIGTERM)
        with pytest.raises(Incomplete):
            while True:
                assert client.chunk()[0], "the stream ended as if it were complete"
    assert front.wait() == 0


def test_a_second_signal_ends_the_drain(gateway, mock):
    mock.on("/", slow_stream([threading.Event()]))
    front = gateway({"mock": mock.service()}, drain="10m")
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), CHAT))
        client.head()
        front.signal(signal.SIGTERM)
        processes.wait_until(lambda: not listens(front), "the gateway to stop listening")
        front.signal(signal.SIGTERM)
        assert front.wait(20) in (0, -signal.SIGTERM)
    front.process = None


def test_idle_connections_do_not_hold_up_the_end(gateway, mock):
    front = gateway({"mock": mock.service()}, drain="10m")
    idle = [Connection(front.url) for _ in range(20)]
    for client in idle[:10]:
        client.send(request_bytes("GET", "/mock/x", bearer(front.client_key)))
        assert client.response().status == 200
    front.signal(signal.SIGTERM)
    assert front.wait(20) == 0


def test_sighup_under_load_fails_no_request_and_takes_effect(gateway, mock):
    front = gateway({"mock": mock.service()})
    with Load(front, "/mock/x", workers=16) as load:
        for number in range(5):
            front.services[f"added{number}"] = mock.service()
            front.write_config()
            load.more(200)
            front.signal(signal.SIGHUP)
            processes.wait_until(lambda: ask(front.url, "GET", f"/added{number}/x", bearer(front.client_key)).status == 200,
                                 "the new service to answer")
    assert load.failures == []


def test_a_stream_survives_a_reload(gateway, mock):
    step = threading.Event()
    mock.on("/v1/chat", slow_stream([step]))
    front = gateway({"mock": mock.service()})
    with Connection(front.url) as client:
        client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), CHAT))
        client.head()
        client.chunk()
        del front.services["mock"]
        front.services["other"] = mock.service()
        front.write_config()
        front.signal(signal.SIGHUP)
        processes.wait_until(lambda: ask(front.url, "GET", "/other/x", bearer(front.client_key)).status == 200, "the reload")
        step.set()
        assert client.chunk()[0] == PIECES[1]
        assert client.chunk() == (b"", b"0\r\n\r\n")


@pytest.mark.parametrize("broken", ['{"services": {', '{"no_such_setting": 1}', '{"services": {"mock": {"url": "ftp://x"}}}'])
def test_a_bad_file_is_refused_and_the_old_one_kept(gateway, mock, broken):
    front = gateway({"mock": mock.service()})
    front.config.write_text(broken)
    front.signal(signal.SIGHUP)
    processes.wait_until(lambda: "aihub.json:1" in front.stderr(), "the mistake to be logged with file and line")
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200
    front.write_config()
    front.services["added"] = mock.service()
    front.write_config()
    front.signal(signal.SIGHUP)
    processes.wait_until(lambda: ask(front.url, "GET", "/added/x", bearer(front.client_key)).status == 200, "the mended file")


def logged(path):
    """What was asked of the mock; two loops may write their rows in either order."""
    rows = [json.loads(line)["request_uri"] for line in path.read_text().splitlines()]
    return [uri for uri in rows if uri.startswith("/mock/")]


def test_sigusr1_opens_the_access_log_anew(gateway, mock):
    front = gateway({"mock": mock.service()})
    log, old = front.folder / "access.log", front.folder / "access.log.1"
    ask(front.url, "GET", "/mock/before", bearer(front.client_key))
    front.wait_access(lambda row: row["request_uri"] == "/mock/before")
    os.rename(log, old)
    ask(front.url, "GET", "/mock/between", bearer(front.client_key))
    front.signal(signal.SIGUSR1)
    processes.wait_until(log.exists, "a new access log")
    ask(front.url, "GET", "/mock/after", bearer(front.client_key))
    front.wait_access(lambda row: row["request_uri"] == "/mock/after")
    front.stop()  # now all is written
    first, second = logged(old), logged(log)
    assert "/mock/before" in first and "/mock/after" in second
    assert sorted(first + second) == sorted(["/mock/before", "/mock/between", "/mock/after"]), "each once, none lost"


def test_rotation_under_load_loses_no_line(gateway, mock):
    front = gateway({"mock": mock.service()})
    log = front.folder / "access.log"
    with Load(front, "/mock/x", workers=4) as load:
        for number in range(5):
            load.more(100)
            os.rename(log, front.folder / f"access.log.{number}")
            front.signal(signal.SIGUSR1)
            processes.wait_until(log.exists, "a new access log")
        load.more(50)
    done = load.done
    front.stop()
    lines = sum(len([row for row in path.read_text().splitlines() if json.loads(row)["request_uri"] == "/mock/x"])
                for path in front.folder.glob("access.log*"))
    assert load.failures == [] and lines == done
