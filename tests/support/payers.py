"""Users who pay, under load, and the sums that must be right whatever happened to the gateway meanwhile."""
import json
import sqlite3
import threading
import time

from support import processes
from support.raw import Connection, Incomplete, bearer, request_bytes

MOMENT = 0.05    # seconds before a kill in which a reply may have left whose record had not been made yet
LOOPS = 2        # each of which makes one record at a time
OPENING = 1_000_000_000_000  # micro-units: more than any test spends
NO_LIMITS = {"rate_limits": {"payg": 1_000_000_000}, "threads": LOOPS}
CHAT = "/v1/chat/completions"
USAGE = {"prompt_tokens": 1237, "completion_tokens": 571, "total_tokens": 1808}
REPLY = json.dumps({"choices": [], "usage": USAGE}).encode()


def answer(exchange):
    """For a mock upstream: a reply with counts, as a stream when one is asked for."""
    if not json.loads(exchange.request.body).get("stream"):
        return exchange.reply(200, REPLY, [("Content-Type", "application/json")])
    exchange.start_chunks()
    exchange.chunk(b'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n')
    exchange.chunk(b"data: " + json.dumps({"choices": [], "usage": USAGE}).encode() + b"\n\ndata: [DONE]\n\n")
    exchange.end_chunks()


def open_account(front, user="payer"):
    """A key of a user with a balance."""
    key = front.key(user, "--tier", "payg")
    with sqlite3.connect(front.db, timeout=20) as db:
        db.execute("UPDATE users SET balance_micro = ? WHERE name = ?", (OPENING, user))
    db.close()
    return key


class Payers:
    """`workers` clients that ask again and again, also while the gateway is away. `finished`: when each reply was whole."""

    def __init__(self, front, key, workers=6):
        self.front, self.key, self.workers = front, key, workers
        self.finished, self.refused, self.kills = {}, [], []
        self._stop, self._progress = threading.Event(), threading.Condition()

    def __enter__(self):
        self._threads = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(self.workers)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def more(self, count, seconds=60):
        """Until so many further replies have come."""
        with self._progress:
            goal = len(self.finished) + count
            assert self._progress.wait_for(lambda: len(self.finished) >= goal or self.refused, seconds), "the load came to a halt"
        assert not self.refused, self.refused[:3]

    def kill(self):
        """The gateway, at once."""
        self.kills.append(time.monotonic())
        self.front.process.kill()
        self.front.wait()

    def forgiven(self, lost):
        """Those of the lost ones that were answered in the very moment of a kill, one a loop."""
        some = set()
        for kill in self.kills:
            last = [name for name in lost if kill - MOMENT <= self.finished[name] <= kill + MOMENT]
            some.update(last[:LOOPS])
        return some

    def _work(self, number):
        body = json.dumps({"model": "mock", "messages": [], "stream": number % 2 == 1}).encode()
        while not self._stop.is_set():
            address = self.front.address
            try:
                with Connection(address) as connection:
                    self._talk(connection, request_bytes("POST", CHAT, bearer(self.key), body, host=address))
            except (OSError, Incomplete):
                self._stop.wait(0.005)  # it is being killed, or started

    def _talk(self, connection, request):
        while not self._stop.is_set():
            connection.send(request)
            reply = connection.response("POST")
            with self._progress:
                if reply.status == 200:
                    self.finished[reply.get("X-Request-Id")] = time.monotonic()
                else:
                    self.refused.append((reply.status, reply.body[:300]))
                self._progress.notify_all()
            if (reply.get("Connection") or "").lower() == "close":
                return


def rows(front, query, *values):
    """Of the gateway's database, by number or name."""
    db = sqlite3.connect(front.db, timeout=20)
    db.row_factory = sqlite3.Row
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def written(front):
    """The ids of the requests whose usage is in the database."""
    return {row[0] for row in rows(front, "SELECT request_id FROM usage")}


def wait_written(front, payers, seconds=20):
    """Until the usage of all that clients saw finished is there."""
    def all_written():
        lost = set(payers.finished) - written(front)
        return lost <= payers.forgiven(lost)
    try:
        processes.wait_until(all_written, "all usage to be written", seconds, pause=0.1)
    except TimeoutError:
        pass  # check() names them


def check(front, payers, user="payer"):
    """What is wrong with the accounts; nothing when all is right to the last micro-unit."""
    problems = []
    lost = set(payers.finished) - written(front)
    lost -= payers.forgiven(lost)
    if lost:
        problems.append(f"of {len(payers.finished)} finished requests {len(lost)} have no usage: {sorted(lost)[:5]}")
    count, distinct, cost = rows(front, "SELECT count(*), count(DISTINCT request_id), sum(cost_micro) FROM usage WHERE user = ?", user)[0]
    if count != distinct:
        problems.append(f"{count} rows tell of {distinct} requests")
    (balance, identity), = rows(front, "SELECT balance_micro, id FROM users WHERE name = ?", user)
    if balance != OPENING - cost:
        problems.append(f"the balance is {balance}, not {OPENING} - {cost}: {balance - (OPENING - cost)} too much")
    (spent,), = rows(front, "SELECT sum(spent_micro) FROM keys WHERE user_id = ?", identity)
    (hours, requests), = rows(front, "SELECT sum(cost_micro), sum(requests) FROM usage_hours WHERE user_id = ?", identity)
    if (spent, hours, requests) != (cost, cost, count):
        problems.append(f"keys have spent {spent}, hours say {hours} for {requests} requests, the rows {cost} for {count}")
    return problems
