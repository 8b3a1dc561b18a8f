"""Steady traffic in the background, every answer of it judged."""
import threading

from support.raw import Connection, Incomplete, bearer, request_bytes


class Load:
    """`workers` clients that ask again and again, each on a kept connection; `failures` tells what went wrong.

    A connection that the gateway closes between two requests is no failure: that is how HTTP/1.1 says goodbye.
    """

    def __init__(self, gateway, target, body=b"", method="GET", workers=8, check=None):
        self.address, self.workers = gateway.address, workers
        self.request = request_bytes(method, target, bearer(gateway.client_key), body, host=gateway.address)
        self.check = check or (lambda reply: reply.status == 200)
        self.done, self.failures = 0, []
        self._stop, self._progress = threading.Event(), threading.Condition()

    def __enter__(self):
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self.workers)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.finish()

    def finish(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def more(self, count=100, seconds=30):
        """Until `count` further requests have been answered."""
        with self._progress:
            goal = self.done + count
            assert self._progress.wait_for(lambda: self.done >= goal or self.failures, seconds), "the load came to a halt"

    def _work(self):
        while not self._stop.is_set():
            try:
                connection = Connection(self.address)
            except ConnectionRefusedError:
                return  # it has stopped listening, which is no failed request
            with connection:
                self._talk(connection)

    def _talk(self, connection):
        while not self._stop.is_set():
            try:
                connection.send(self.request)
                reply = connection.response()
            except (Incomplete, OSError) as problem:
                if getattr(problem, "got", b"") or not self._closed_between(problem):
                    self._failed(problem)
                return
            self._take(reply)
            if reply.get("Connection", "").lower() == "close":
                return

    def _take(self, reply):
        if not self.check(reply):
            self._failed((reply.status, reply.body[:300]))
        with self._progress:
            self.done += 1
            self._progress.notify_all()

    @staticmethod
    def _closed_between(problem):
        return "closed" in str(problem) or isinstance(problem, (ConnectionResetError, BrokenPipeError))

    def _failed(self, problem):
        with self._progress:
            self.failures.append(problem)
            self._progress.notify_all()
