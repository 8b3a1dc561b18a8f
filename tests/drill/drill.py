"""Three real servers of one model behind one gateway, broken in random rounds under load.

A request may fail in one way only: its reply had begun when its server died. Whatever a healthy server could have served
before the first byte must be served: at every moment at least one of the three is whole.
"""
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from support import processes
from support.gateway import Gateway
from support.raw import Connection, Incomplete, bearer, read_body, request_bytes
from support.servers import llama_command

sys.path.insert(0, str(Path(__file__).resolve().parent))
from front import SIZE, Control  # noqa: E402

MODEL = "drill"
FIRST_BYTE = 1.5  # seconds of silence after which the gateway gives a server up: the hung ones say nothing else
FAULTS = ("kill", "hang", "slow", "fail", "reset", "flap")
MODES = {"slow": "s", "fail": "f", "reset": "r", "flap": "b"}


class Server:
    """A real llama.cpp server with a front that commits faults; both die, stop and start together."""

    def __init__(self, folder, number):
        self.name = f"server{number}"
        self.port, self.backend_port = processes.free_port(), processes.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        self.control_file = folder / f"{self.name}.control"
        self.control_file.write_bytes(b"p" + bytes(SIZE - 1))
        self.control = Control(self.control_file)
        self.log = open(folder / f"{self.name}.log", "ab")
        self.running = []

    def start(self):
        self.running = [self._launch(llama_command("chain.gguf", MODEL, self.backend_port, "-c", "8192"))]
        processes.wait_until(lambda: processes.answers(f"http://127.0.0.1:{self.backend_port}/health"), f"{self.name} to answer", 60)
        front = [sys.executable, str(Path(__file__).with_name("front.py")), str(self.port), str(self.backend_port), str(self.control_file)]
        self.running.append(self._launch(front))
        processes.wait_until(self._listens, f"{self.name} to listen", 20)

    def _launch(self, command):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                preexec_fn=processes.die_with_parent)

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def signal(self, number):
        for process in self.running:
            process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        for process in self.running:
            process.wait()
        self.running = []

    def suffer(self, fault):
        if fault == "kill":
            self.kill()
        elif fault == "hang":
            self.signal(signal.SIGSTOP)
        else:
            self.control.mode = MODES[fault]

    def recover(self, fault):
        if fault == "kill":
            self.start()
        elif fault == "hang":
            self.signal(signal.SIGCONT)
        else:
            self.control.mode = "p"

    def close(self):
        self.signal(signal.SIGCONT)
        self.kill()
        self.log.close()


class Tally:
    """What became of the requests, of all clients."""

    def __init__(self):
        self.over = False
        self.served, self.broken, self.failures = 0, 0, []
        self.changed = threading.Condition()

    def serve(self):
        with self.changed:
            self.served += 1
            self.changed.notify_all()

    def break_off(self):
        with self.changed:
            self.broken += 1

    def fail(self, what):
        with self.changed:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")
            self.changed.notify_all()

    def more(self, count):
        """Until so many further requests were served, or one failed."""
        with self.changed:
            goal = self.served + count
            if not self.changed.wait_for(lambda: self.served >= goal or self.failures, 60):
                self.failures.append("nothing was served for a minute")


class Client(threading.Thread):
    """Asks again and again on a kept connection, streams and not, and judges every answer."""

    def __init__(self, seed, gateway, tally):
        super().__init__(daemon=True)
        self.random, self.gateway, self.tally = random.Random(seed), gateway, tally

    def run(self):
        while not self.tally.over:
            with Connection(self.gateway.address, timeout=60) as connection:
                while not self.tally.over and self.ask(connection):
                    pass

    def ask(self, connection):
        """False when the connection is of no more use."""
        stream = self.random.random() < 0.5
        body = {"model": MODEL, "messages": [{"role": "user", "content": f"{self.random.random()}"}], "max_tokens": 12,
                "stream": stream}
        try:
            connection.send(request_bytes("POST", "/v1/chat/completions", bearer(self.gateway.client_key),
                                          json.dumps(body).encode(), host=self.gateway.address))
            reply = connection.head()
        except (Incomplete, OSError) as problem:
            self.tally.fail(f"no reply: {problem}")
            return False
        try:
            read_body(connection, reply, bodiless=False, response=True)
        except (Incomplete, OSError):
            self.tally.break_off()
            return False
        self.judge(reply, stream)
        return reply.get("Connection", "").lower() != "close"

    def judge(self, reply, stream):
        if reply.status != 200:
            self.tally.fail(f"{reply.status}: {reply.text[:600]}")
        elif stream and not reply.body.rstrip().endswith(b"data: [DONE]"):
            self.tally.fail(f"a stream without its end: {reply.body[-300:]!r}")
        elif not stream and reply.json()["choices"][0]["finish_reason"] not in ("stop", "length"):
            self.tally.fail(f"half an answer: {reply.body[-300:]!r}")
        else:
            self.tally.serve()


class Drill:
    """`run()` gives the failures: none in a good gateway."""

    def __init__(self, folder, rounds, seed, clients=5, say=print):
        self.folder, self.rounds, self.say = Path(folder), rounds, say
        self.random, self.seed, self.client_count = random.Random(seed), seed, clients
        self.servers = [Server(self.folder, number) for number in (1, 2, 3)]
        self.gateway = Gateway(self.folder, services={"drill": self.service()})
        self.tally = Tally()
        self.returns = []  # seconds from a server's first good answer to the gateway's first request to it

    def service(self):
        return {"urls": [server.url for server in self.servers], "kind": "openai", "models": [MODEL],
                "first_byte_timeout": f"{int(FIRST_BYTE * 1000)}ms"}

    def run(self):
        self.say(f"drill: {self.rounds} rounds, seed {self.seed}")
        try:
            for server in self.servers:
                server.start()
            self.gateway.client_key = self.gateway.key()
            self.gateway.start()
            clients = [Client(self.seed + number, self.gateway, self.tally) for number in range(self.client_count)]
            for client in clients:
                client.start()
            self.tally.more(20)
            for number in range(1, self.rounds + 1):
                if self.tally.failures:
                    break
                self.round(number)
            self.tally.over = True
            for client in clients:
                client.join(60)
        finally:
            self.end()
        self.say(f"drill: {self.tally.served} served, {self.tally.broken} broken off after their first byte, "
                 f"{len(self.tally.failures)} failed; servers were in use again after {max(self.returns, default=0):.1f} s at most")
        return self.tally.failures

    def round(self, number):
        """One or two servers suffer; when they are well again and in use, the round is over."""
        victims = self.random.sample(self.servers, self.random.choice((1, 1, 2)))
        faults = {victim: self.random.choice(FAULTS) for victim in victims}
        text = ", ".join(f"{victim.name} {fault}" for victim, fault in faults.items())
        broken = self.tally.broken
        for victim, fault in faults.items():
            victim.suffer(fault)
        time.sleep(self.random.uniform(0.2, 1.5))  # how long it lasts
        self.tally.more(10)
        for victim, fault in faults.items():
            victim.recover(fault)
        for victim in victims:
            self.await_use(victim)
        if self.tally.broken > broken and "kill" not in faults.values():
            self.tally.fail(f"round {number} ({text}): a reply broke off though nobody was killed")
        self.say(f"  round {number}: {text}; {self.tally.served} served")
        if self.tally.failures:
            self.say(f"  round {number} failed: {self.tally.failures[0]}")

    def await_use(self, server):
        begin, answered = time.monotonic(), server.control.answered
        processes.wait_until(lambda: server.control.answered > answered or self.tally.failures, f"{server.name} to be used again", 20)
        self.returns.append(time.monotonic() - begin)

    def end(self):
        try:
            self.gateway.stop()
        finally:
            for server in self.servers:
                server.close()
