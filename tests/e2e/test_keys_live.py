"""Keys that come and go while the gateway runs."""
import time

from support import processes
from support.raw import ask, bearer


def status(front, key):
    return ask(front.url, "GET", "/mock/x", bearer(key)).status


def test_a_new_key_works_without_a_restart(gateway, mock):
    front = gateway({"mock": mock.service()})
    key = front.key("newcomer")
    processes.wait_until(lambda: status(front, key) == 200, "the new key to be known", 5)


def test_a_deleted_key_is_refused_within_a_second(gateway, mock):
    """The second is the promise itself; it is counted from the end of aihub-keys."""
    front = gateway({"mock": mock.service()})
    key = front.ready_key("leaver", "laptop")
    assert status(front, key) == 200
    result = front.keys_command("-d", "leaver", "laptop")
    assert result.returncode == 0, result.stderr
    deleted = time.monotonic()
    while status(front, key) != 401:
        assert time.monotonic() - deleted < 1.0, "a deleted key still worked a second later"
    assert status(front, front.client_key) == 200


def test_a_key_that_has_expired_is_refused(gateway, mock):
    front = gateway({"mock": mock.service()})
    key = front.ready_key("guest", "--expires", "2s")
    reply = processes.wait_until(lambda: (r := ask(front.url, "GET", "/v1/models", bearer(key))).status == 401 and r,
                                 "the key to expire", 10)
    assert "expired" in reply.json()["error"]["message"]


def test_the_database_may_be_gone_while_requests_flow(gateway, mock):
    """Accounts are held in memory: what happens to the file fails no request of a known key."""
    front = gateway({"mock": mock.service()})
    assert status(front, front.client_key) == 200
    front.db.rename(front.folder / "elsewhere.db")
    for _ in range(50):
        assert status(front, front.client_key) == 200
    assert ask(front.url, "GET", "/readyz").status == 200
    (front.folder / "elsewhere.db").rename(front.db)
