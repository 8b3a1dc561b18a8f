"""The end comes in time, whatever hangs; and a flood of clients too many costs little."""
import signal
import threading

from support import processes
from support.mock_upstream import wait_event
from support.raw import Connection, Incomplete, ask, bearer, request_bytes


def test_a_question_that_hangs_does_not_hold_up_the_end(gateway, new_mock):
    """Discovery waits for a server that takes ten minutes to list its models."""
    mock, never = new_mock(kind="ollama"), threading.Event()
    mock.on("/api/tags", lambda exchange: never.wait(60))
    front = gateway({"slow": mock.service()}, {"discovery_timeout": "10m"}, drain="1s")
    mock.wait_for("/api/tags")
    front.signal(signal.SIGTERM)
    try:
        assert front.wait(30) == 0
    finally:
        never.set()
    assert not (front.folder / "aihub-serve.pid").exists()
    assert "gateway.stopped" in front.stderr()


def test_the_lines_of_what_was_broken_off_are_written(gateway, new_mock):
    hanging, never = new_mock(kind="ollama"), threading.Event()
    hanging.on("/api/tags", lambda exchange: never.wait(60))
    mock = new_mock(models=["mock"])
    mock.on("/late", lambda exchange: never.wait(60))
    front = gateway({"slow": hanging.service(), "mock": mock.service()}, {"discovery_timeout": "10m"}, drain="200ms")
    hanging.wait_for("/api/tags")
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/late", bearer(front.client_key)))
        mock.wait_for("/late")
        front.signal(signal.SIGTERM)
        try:
            assert front.wait(30) == 0
        finally:
            never.set()
    assert [row["request_uri"] for row in front.access_log()] == ["/mock/late"]


def test_told_twice_it_dies_of_the_signal_and_leaves_no_state_file(gateway, mock):
    never = threading.Event()
    mock.on("/late", lambda exchange: wait_event(never, 60))
    front = gateway({"mock": mock.service()}, drain="10m")
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/late", bearer(front.client_key)))
        mock.wait_for("/late")
        front.signal(signal.SIGTERM)
        processes.wait_until(lambda: "gateway.draining" in front.stderr(), "the drain to begin")
        front.signal(signal.SIGTERM)
        assert front.wait(30) == -signal.SIGTERM
    never.set()
    front.process = None
    assert not (front.folder / "aihub-serve.pid").exists()


def end_of(client):
    """What a client that is turned away gets: some bytes, or nothing."""
    try:
        return client.rest()
    except (Incomplete, OSError) as end:
        return getattr(end, "got", b"")


def test_of_a_flood_of_clients_too_many_only_some_are_told(gateway, mock):
    front = gateway({"mock": mock.service()}, {"connections_per_client": 1}, flags=["--threads=1"])
    with Connection(front.url) as kept:
        kept.send(request_bytes("GET", "/mock/x", bearer(front.client_key)))
        assert kept.response().status == 200
        flood = [Connection(front.url) for _ in range(400)]
        said = [end_of(client) for client in flood]
        for client in flood:
            client.close()
        assert any(reply.startswith(b"HTTP/1.1 429 ") for reply in said)
        assert b"" in said
        kept.send(request_bytes("GET", "/mock/x", bearer(front.client_key)))
        assert kept.response().status == 200
    processes.wait_until(lambda: served(front), "the freed place to be usable")


def served(front):
    try:
        return ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200
    except (Incomplete, OSError):
        return False
