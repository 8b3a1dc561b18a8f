"""One function a measurement. Each takes a subject (something with port, key and perhaps pid) and gives plain numbers."""
import contextlib
import json
import os
import socket
import statistics
import subprocess
import time

import accounting
from subjects import BIN, HERE, LOAD_CORE, SUBJECT_CORE, BenchError


def run_load(command, subject):
    """Runs a load program on its core; gives its last line of JSON and the CPU seconds that the subject spent."""
    before = accounting.cpu_seconds(subject.pid) if subject.pid else 0
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "BENCH_KEY": subject.key},
                          preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}))
    spent = (accounting.cpu_seconds(subject.pid) if subject.pid else 0) - before
    lines = [line[line.index("{"):] for line in done.stdout.splitlines() if "{" in line]
    if done.returncode or not lines:
        raise BenchError(f"{command[0]} failed against {subject.name}: {(done.stderr or done.stdout).strip()[-300:]}")
    return json.loads(lines[-1]), spent


def requests(subject, connections, seconds):
    """Plain chat requests: CPU microseconds of the subject for one, median and p99 latency."""
    seen, spent = run_load(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "chat.lua",
                            f"http://127.0.0.1:{subject.port}"], subject)
    if seen["bad"] or not seen["requests"]:
        raise BenchError(f"{subject.name}: {seen['bad']} of {seen['requests']} requests failed")
    return {"cpu_us": spent / seen["requests"] * 1e6, "p50_us": seen["p50_us"], "p99_us": seen["p99_us"],
            "rate": seen["requests"] / seen["seconds"]}


def choosing():
    """Microseconds for a choice among 50 services, by strategy."""
    program = BIN / "choosing_bench"
    if not program.exists():
        raise BenchError(f"{program.name} is missing; build it with: make bench")
    done = subprocess.run([program], capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {SUBJECT_CORE}))
    if done.returncode:
        raise BenchError(f"{program.name} failed: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def streams(subject, load, model, count, ramp, api="chat"):
    """Concurrent streams in that API: what the clients saw, CPU microseconds a chunk, the most memory in KB."""
    with accounting.Sampler(subject.pid or os.getpid()) as sampler:
        seen, spent = run_load([load, "streams", "-url", f"http://127.0.0.1:{subject.port}", "-api", api,
                                "-model", model, "-c", str(count), "-ramp", f"{ramp}s", "-timeout", "120s"], subject)
    seen["cpu_us"] = spent / max(1, seen["chunks"]) * 1e6
    seen["peak_kb"] = sampler.peak if subject.pid else 0
    return seen


def head_of(subject, path, length, content_type, close=True):
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{subject.port}\r\nAuthorization: Bearer {subject.key}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {length}\r\n"
            f"{'Connection: close' + chr(13) + chr(10) if close else ''}\r\n").encode()


CHAT = b'{"model":"mock","messages":[{"role":"user","content":"hello"}]}'


def ask(subject):
    """One whole chat request on a connection of its own: status and seconds; status 0 when nothing listens."""
    began = time.perf_counter()
    try:
        with socket.create_connection(("127.0.0.1", subject.port), 10) as connection:
            connection.sendall(head_of(subject, "/v1/chat/completions", len(CHAT), "application/json") + CHAT)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
    except OSError:
        return 0, time.perf_counter() - began
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 else 0, time.perf_counter() - began


def expect_answer(subject):
    """Waits until chat requests are answered, which may take a discovery."""
    status = 0
    for _ in range(200):
        status, _ = ask(subject)
        if status == 200:
            return
        time.sleep(0.05)
    raise BenchError(f"{subject.name} answers a chat request with status {status}")


def start_to_answer(gateway):
    """Milliseconds from exec to the end of the first good answer to a chat request."""
    gateway.stop()
    began = time.perf_counter()
    gateway.launch()
    while True:
        status, _ = ask(gateway)
        spent = time.perf_counter() - began
        if status == 200:
            return spent * 1e3
        if spent > 20 or gateway.process.poll() is not None:
            raise BenchError(f"no answer within 20 s of the start; see {gateway.folder / 'serve.log'}")
        time.sleep(0.0005)


def key_change_seen(gateway):
    """Seconds until a key that was just made is accepted, and until it is refused again: the longer of both."""
    def until(key, wanted):
        began = time.perf_counter()
        while True:
            with socket.create_connection(("127.0.0.1", gateway.port), 10) as connection:
                connection.sendall(f"GET /v1/models HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {key}\r\n"
                                   "Connection: close\r\n\r\n".encode())
                status = int(connection.recv(65536).split(b" ", 2)[1])
            if status == wanted:
                return time.perf_counter() - began
            if time.perf_counter() - began > 20:
                raise BenchError(f"a change of keys is not seen within 20 s: status {status}")
            time.sleep(0.01)

    key = gateway.keys("add", "bench", "another").strip()
    appeared = until(key, 200)
    gateway.keys("delete", "bench/another", "--yes")
    return max(appeared, until(key, 401))


def upload(subject, megabytes):
    """A multipart upload, sent as fast as it is taken: growth of the subject's peak memory in KB."""
    boundary = "bench7f3a91"
    before = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nmock\r\n--{boundary}\r\n"
              "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n").encode()
    after = f"\r\n--{boundary}--\r\n".encode()
    piece = bytes(1 << 18)
    length = len(before) + megabytes * (1 << 20) + len(after)
    rest = accounting.resident_kilobytes(subject.pid)
    accounting.forget_peak(subject.pid)
    with socket.create_connection(("127.0.0.1", subject.port), 60) as connection:
        connection.sendall(head_of(subject, "/v1/audio/transcriptions", length,
                                   f"multipart/form-data; boundary={boundary}") + before)
        for _ in range(megabytes * 4):
            connection.sendall(piece)
        connection.sendall(after)
        answer = connection.recv(65536)
    if b" 200 " not in answer[:16]:
        raise BenchError(f"{subject.name} answers the upload with: {answer[:200]!r}")
    return accounting.peak_kilobytes(subject.pid) - rest


@contextlib.contextmanager
def slow_clients(subject, count):
    """Clients that hold a connection each: one third silent, one third dribbling a head, one third a body.

    The caller calls tick() to let each send its next byte.
    """
    head = head_of(subject, "/v1/chat/completions", len(CHAT), "application/json")
    clients = []
    for index in range(count):
        connection = socket.create_connection(("127.0.0.1", subject.port), 10)
        connection.setblocking(False)
        text = [b"", head + CHAT, CHAT][index % 3]
        if index % 3 == 2:
            connection.send(head)
        clients.append([connection, text, 0])

    def tick():
        for client in clients:
            connection, text, at = client
            if at < len(text):
                with contextlib.suppress(OSError):  # closing slow clients is the gateway's good right
                    connection.send(text[at:at + 1])
                client[2] += 1

    try:
        yield tick
    finally:
        for connection, _, _ in clients:
            connection.close()


def probe(subject, count, between=lambda: None):
    """Median milliseconds of chat requests, one after another; every one must be answered."""
    times = []
    for _ in range(count):
        between()
        time.sleep(0.02)
        status, seconds = ask(subject)
        if status != 200:
            raise BenchError(f"{subject.name} answers {status} while slow clients are connected")
        times.append(seconds * 1e3)
    return statistics.median(times)
