"""Real servers with a witness before each and a gateway before those, users who pay, and the clients that ask for them."""
import subprocess
import threading

from support import processes
from support.gateway import Gateway
from support.raw import Connection, ask
from support.servers import llama_command
from support.witness import Book, Witness, text_in

OPENING = 1_000_000_000  # micro-units, of each user
PRICES = {"metered": ("0.0137", "0.0291"), "chain": ("0.0033", "0.0071"), "pond/chain": ("0.00503", "0.00011"),
          "narrow": ("1.00007", "2.00009"), "embed": ("0.0005", "0")}  # of 1,000 tokens in and out
ELSE = ("0.00119", "0.00053")
USERS = {"payer": "payg", "other payer": "payg", "subscriber": "sub"}
KEYS = ("desk", "travel")
CLIENTS = 8
PATIENCE = 60  # seconds


def prices(pair):
    return {"input_per_1k": float(pair[0]), "output_per_1k": float(pair[1])}


class House:
    """Real servers, a witness before each, and a gateway before those."""

    def __init__(self, folder, ollama):
        self.folder = folder
        self.running, self.urls = [], {}
        self._start("chain", "metered", "-c", "32768", "-np", "8")
        self._start("embed", "vectors", "-c", "8192", "-np", "4", "--embedding", "--pooling", "mean")
        before = {"llama": self.urls["chain"], "llama2": self.urls["chain"], "narrow": self.urls["chain"],
                  "embedder": self.urls["embed"], "ollama": ollama, "pond": ollama}
        self.book = Book()
        self.witnesses = {name: Witness(url, self.book) for name, url in before.items()}
        self.gateway = Gateway(folder, self._services(), {
            "rate_limits": {"payg": 1_000_000, "sub": 1_000_000}, "threads": 2,
            # What llama.cpp does not say of itself: else embeddings would go to a model that is known to make them.
            "pricing": prices(ELSE), "models": {"vectors": {"type": "embedding"},
                                                **{name: prices(pair) for name, pair in PRICES.items()}}})

    def _start(self, file, model, *more):
        """Without its cache of prompts llama.cpp's counters tell of every token."""
        port = processes.free_port()
        self.urls[file] = f"http://127.0.0.1:{port}"
        with open(self.folder / f"{model}.log", "wb") as log:
            self.running.append(subprocess.Popen(llama_command(f"{file}.gguf", model, port, "--no-cache-prompt", *more), stdout=log,
                                                 stdin=subprocess.DEVNULL, stderr=log, preexec_fn=processes.die_with_parent))
        processes.wait_until(lambda: processes.answers(self.urls[file] + "/health"), f"{model} to answer", PATIENCE)

    def _services(self):
        url = {name: witness.url for name, witness in self.witnesses.items()}
        return {"llama": {"urls": [url["llama"], url["llama2"]], "kind": "openai", "models": ["metered"]},
                "narrow": {"url": url["narrow"], "kind": "openai", "models": ["narrow"], "apis": ["chat"]},
                "embedder": {"url": url["embedder"], "kind": "openai"},
                "ollama": {"url": url["ollama"], "kind": "ollama", "models": ["chain", "embed"], "priority": 1},
                "pond": {"url": url["pond"], "kind": "ollama", "models": ["chain"], "apis": ["ollama"], "priority": 2}}

    def __enter__(self):
        self.keys = {}
        for user, tier in USERS.items():
            self.keys[user] = [self.gateway.key(user, name, "--tier", tier) for name in KEYS]
            paid = self.gateway.keys_command("balance", "add", user, str(OPENING // 1_000_000))
            assert paid.returncode == 0, paid.stderr
        self.gateway.start()
        return self

    def __exit__(self, *_):
        try:
            self.gateway.stop()
        finally:
            for witness in self.witnesses.values():
                witness.close()
            for process in self.running:
                process.terminate()
                process.wait(PATIENCE)

    def caller(self, request):
        """Who sends it: (user, name of the key, key)."""
        user = list(USERS)[request.number % len(USERS)]
        which = request.number // len(USERS) % len(KEYS)
        return user, KEYS[which], self.keys[user][which]

    def heard(self, request):
        return self.book.heard.get(request.id)

    def counters(self, file):
        """What llama.cpp itself has read and written."""
        lines = ask(self.urls[file], "GET", "/metrics").text.split("\n")
        value = lambda name: next(int(float(line.split()[1])) for line in lines if line.startswith(f"llamacpp:{name} "))
        return value("prompt_tokens_total"), value("tokens_predicted_total")


class Clients:
    """They share the requests and ask, each on a kept connection, as different users; who leaves needs a new one."""

    def __init__(self, house, requests):
        self.house, self._waiting = house, list(reversed(requests))
        self.replies, self._failures, self._lock = {}, [], threading.Lock()

    def run(self):
        """The whole replies, by the requests' ids; who left has none."""
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(600)
            assert not thread.is_alive(), "a client waits for ever"
        assert not self._failures, self._failures[:3]
        return self.replies

    def _work(self):
        connection = None
        while (request := self._next()) and not self._failures:
            try:
                connection = connection or Connection(self.house.gateway.address, PATIENCE)
                if not self._ask(connection, request):
                    connection.reset()
                    connection = None
            except Exception as problem:  # whatever it is, run() tells of it
                self._failures.append(f"{request}: {problem!r}")
        if connection:
            connection.close()

    def _next(self):
        with self._lock:
            return self._waiting.pop() if self._waiting else None

    def _ask(self, connection, request):
        """False when the connection is of no more use."""
        connection.send(request.bytes(self.house.caller(request)[2], self.house.gateway.address))
        if request.hold is None:
            reply = self.replies[request.id] = connection.response("POST")
            return (reply.get("Connection") or "").lower() != "close"
        if request.hold > 0:
            assert connection.head().status == 200, connection.rest_or_reset()
            read_texts(connection, request.hold)
        processes.wait_until(lambda: (heard := self.house.heard(request)) and heard.held is not None, "the server to answer")
        return False


def read_texts(connection, count):
    """Until so many pieces of a stream's text have come."""
    got = b""
    while sum(text_in(line) for line in got.split(b"\n")[:-1]) < count:
        got += connection.chunk()[0]
