"""A server that is full until the test lets somebody out, and the clients that line up before it."""
import json
import threading

from support import processes
from support.mock_upstream import PIECES
from support.raw import Connection, ask, bearer, request_bytes

CHAT = "/v1/chat/completions"
QUEUE = "/user/api/queue"
TIERS = {"light": {"weight": 1, "unlimited": True}, "heavy": {"weight": 3, "unlimited": True}}


class Desk:
    """A mock server's door: it lets out one request after the other, and knows in which order they came in."""

    def __init__(self, mock, most=1):
        self.mock, self.inside, self.most_inside = mock, 0, 0
        self.order, self._lock, self._go = [], threading.Lock(), threading.Semaphore(0)
        mock.on(CHAT, self.serve)
        self.row = mock.service(max_concurrent=most)

    def serve(self, exchange):
        said = json.loads(exchange.request.body)
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
            self.order.append(said["messages"][0]["content"])
        if not self._go.acquire(timeout=30):
            raise TimeoutError("nobody lets this request out")
        with self._lock:
            self.inside -= 1
        if said.get("stream"):
            exchange.start_chunks()
            for piece in PIECES:
                exchange.chunk(piece)
            exchange.end_chunks()
        else:
            exchange.reply(200, b'{"x":1}', [("Content-Type", "application/json")])

    def let_out(self, count=1):
        for _ in range(count):
            self._go.release()

    def wait_for(self, count):
        """Until so many have come in; who they were."""
        processes.wait_until(lambda: len(self.order) >= count, f"{count} requests at the server, not {self.order}")
        return self.order[:count]


def user_key(front, user, tier="light"):
    return front.ready_key(user, "--tier", tier)


def send(front, key, name, model="mock", path=CHAT, **members):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": name}], **members}).encode()
    client = Connection(front.url, 30)
    return client.send(request_bytes("POST", path, [*bearer(key).items(), ("Content-Type", "application/json")], body))


def queue_of(front, key):
    reply = ask(front.url, "GET", QUEUE, bearer(key))
    assert reply.status == 200, reply.text
    return reply.json()


def wait_length(front, length, key=None):
    processes.wait_until(lambda: queue_of(front, key or front.client_key)["length"] == length, f"{length} waiting requests")


def line_up(front, key, names, waiting):
    """One after the other, so that the order of their coming is known; `waiting` are there already."""
    clients = []
    for name in names:
        clients.append(send(front, key, name))
        waiting += 1
        wait_length(front, waiting)
    return clients


def finish(desk, clients):
    desk.let_out(len(clients))
    statuses = [client.response("POST").status for client in clients]
    for client in clients:
        client.close()
    return statuses
