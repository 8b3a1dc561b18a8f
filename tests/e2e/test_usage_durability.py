"""Usage is never lost: balance = opening balance - sum of costs, to the micro-unit, whatever is killed, locked or taken away."""
import json
import os
import shutil
import signal
import sqlite3

import pytest

from support import payers, processes
from support.payers import Payers, check, open_account, wait_written
from support.raw import ask, bearer


@pytest.fixture
def paid(gateway, mock):
    """A gateway and a key of a user with a balance."""
    mock.on("/v1/chat/completions", payers.answer)

    def make(**more):
        front = gateway({"mock": mock.service(apis=["chat"])}, payers.NO_LIMITS, **more)
        return front, front.wait_accepts(open_account(front))
    return make


def health(front):
    return ask(front.address, "GET", "/health", bearer(front.admin_key())).json()


def wait_backlog(front, condition):
    return processes.wait_until(lambda: (u := health(front)["usage"]) if condition(health(front)["usage"]) else None,
                                "health to tell of usage", 30)


class Lock:
    """Another program that holds the database for itself."""

    def __init__(self, front):
        self.db = sqlite3.connect(front.db, timeout=20, isolation_level=None)

    def __enter__(self):
        self.db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_):
        self.db.execute("ROLLBACK")
        self.db.close()


@pytest.mark.parametrize("log", [None, "-", "off"])
def test_after_kill_9_under_load_all_finished_requests_are_paid(paid, log):
    front, key = paid(flags=["--access-log", log] if log else [])
    with Payers(front, key) as load:
        for _ in range(4):
            load.more(150)
            load.kill()
            front.start()
        load.more(50)
    wait_written(front, load)
    assert check(front, load) == []
    front.stop()
    assert check(front, load) == []
    assert list((front.folder / "journal").iterdir()) == []


def test_what_is_rebuilt_is_in_the_log_once(paid):
    front, key = paid()
    with Payers(front, key) as load:
        for _ in range(3):
            load.more(100)
            load.kill()
            front.start()
    wait_written(front, load)
    ids = [row["request_id"] for row in front.access_log() if row["usage_id"]]
    assert len(ids) == len(set(ids))
    assert payers.written(front) == set(ids)


def test_a_row_is_written_at_once(paid):
    front, key = paid()
    with Payers(front, key, workers=1) as load:
        load.more(1)
    processes.wait_until(lambda: set(load.finished) <= payers.written(front), "the row", 5, pause=0.01)


def test_while_the_database_is_locked_requests_flow_and_are_paid_later(paid):
    front, key = paid()
    with Payers(front, key) as load:
        load.more(50)
        with Lock(front):
            told = wait_backlog(front, lambda usage: not usage["written"] and usage["bytes_on_disk"] > 0)
            assert "locked" in told["reason"] and told["since"]
            assert health(front)["status"] == "degraded"
            load.more(500)
            assert "usage" not in ask(front.address, "GET", "/health").json()
        wait_backlog(front, lambda usage: usage["written"] and usage["bytes_on_disk"] == 0)
    wait_written(front, load)
    assert check(front, load) == []
    assert health(front)["status"] == "ok"
    log = front.stderr()
    assert log.count("usage.held") == 1 and log.count("usage.caught_up") == 1


def test_a_gateway_that_ends_while_the_database_is_locked_leaves_usage_for_the_next(paid):
    front, key = paid()
    with Lock(front):
        with Payers(front, key) as load:
            load.more(200)
        front.stop()
        assert (front.folder / "usage-pending.ndjson").stat().st_size > 0
    front.start()
    wait_written(front, load)
    assert check(front, load) == []
    processes.wait_until(lambda: not (front.folder / "usage-pending.ndjson").exists(), "the spool to be empty", 5)


def test_kill_9_while_the_database_is_locked_loses_nothing(paid):
    front, key = paid()
    with Payers(front, key) as load:
        with Lock(front):
            wait_backlog(front, lambda usage: usage["bytes_on_disk"] > 0)
            load.more(200)
            load.kill()
        front.start()
        load.more(50)
    wait_written(front, load)
    assert check(front, load) == []


def test_a_database_that_is_taken_away_gets_its_usage_when_it_is_back(paid):
    front, key = paid()
    parts = [front.db.with_name(front.db.name + end) for end in ("", "-wal", "-shm")]
    away = front.folder / "away"
    away.mkdir()
    with Payers(front, key) as load:
        load.more(50)
        for part in parts:
            part.rename(away / part.name)
        told = wait_backlog(front, lambda usage: not usage["written"])
        # The second when it was taken between a write and the look after it.
        assert "is gone" in told["reason"] or "was removed or replaced" in told["reason"]
        load.more(200)
        assert not front.db.exists()
        for part in reversed(parts):
            (away / part.name).rename(part)
        wait_backlog(front, lambda usage: usage["written"])
    wait_written(front, load)
    assert check(front, load) == []


def test_a_backup_that_is_put_in_place_gets_what_comes_after_it(paid):
    front, key = paid()
    with Payers(front, key) as load:
        load.more(20)
    wait_written(front, load)
    source, copy = sqlite3.connect(front.db), sqlite3.connect(front.folder / "copy.db")
    with copy:
        source.backup(copy)
    source.close()
    copy.close()
    with Payers(front, key) as later:
        later.more(20)
        os.replace(front.folder / "copy.db", front.db)
        for end in ("-wal", "-shm"):
            front.db.with_name(front.db.name + end).unlink(missing_ok=True)
        later.more(100)
    last = [name for name, _ in sorted(later.finished.items(), key=lambda item: item[1])[-20:]]
    processes.wait_until(lambda: set(last) <= payers.written(front), "usage in the new database")
    front.process.kill()
    front.wait()
    front.start()
    wait_written(front, load)
    assert set(load.finished) | set(later.finished) <= payers.written(front)  # the log knows what the file has lost
    assert check(front, load) == []


def test_a_rotated_log_is_read_too(paid):
    front, key = paid()
    with Payers(front, key) as load:
        load.more(100)
        with Lock(front):
            load.more(20)
            log = front.folder / "access.log"
            log.rename(front.folder / "access.log.1")
            front.signal(signal.SIGUSR1)
            processes.wait_until(log.exists, "a new access log")
            load.more(20)
            load.kill()
        (front.folder / "usage-pending.ndjson").unlink(missing_ok=True)
        front.start()
    wait_written(front, load)
    assert check(front, load) == []


def test_a_restart_under_load_loses_no_usage_and_pays_nothing_twice(paid):
    front, key = paid()
    with Payers(front, key) as load:
        for _ in range(3):
            load.more(100)
            result = processes.run(front.command("restart"), env=front.environment, cwd=front.folder)
            assert result.returncode == 0, result.stderr
        load.more(100)
    wait_written(front, load)
    problems = check(front, load)
    stopped = processes.run(front.command("stop"), env=front.environment, cwd=front.folder)
    assert stopped.returncode == 0, stopped.stderr
    assert problems == [] and check(front, load) == []


def test_a_damaged_spool_is_reported_and_stops_nothing(paid):
    front, key = paid()
    front.stop()
    (front.folder / "usage-pending.ndjson").write_bytes(b"\x00\xff nonsense\n{}\n{\"id\":1}\nhalf")
    front.start()
    with Payers(front, key) as load:
        load.more(20)
    wait_written(front, load)
    assert check(front, load) == []
    assert "usage.damaged" in front.stderr()


def test_a_balance_that_is_raised_counts_at_once(gateway, mock):
    """Balances change without accounts being loaded again."""
    mock.on("/v1/chat/completions", payers.answer)
    front = gateway({"mock": mock.service(apis=["chat"])}, payers.NO_LIMITS)
    key = front.ready_key("poor", "--tier", "payg")
    body = json.dumps({"model": "mock", "messages": []}).encode()

    def status():
        return ask(front.address, "POST", "/v1/chat/completions", bearer(key), body).status
    assert status() == 402
    with sqlite3.connect(front.db, timeout=20) as db:
        db.execute("UPDATE users SET balance_micro = 1000 WHERE name = 'poor'")
    db.close()
    processes.wait_until(lambda: status() == 200, "the balance to be known", 2)


def test_without_room_for_its_journal_the_gateway_serves_all_the_same(gateway, mock):
    mock.on("/v1/chat/completions", payers.answer)
    front = gateway({"mock": mock.service(apis=["chat"])}, payers.NO_LIMITS)
    key = front.wait_accepts(open_account(front))
    front.stop()
    shutil.rmtree(front.folder / "journal")
    (front.folder / "journal").symlink_to("/proc/self/fdinfo")
    front.start()
    with Payers(front, key) as load:
        load.more(20)
    wait_written(front, load)
    assert check(front, load) == []
