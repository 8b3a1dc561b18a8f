"""`aihub-serve restart`: a new process takes over from the running one, and no client notices."""
import array
import json
import os
import signal
import socket
import ssl
import subprocess
import threading

import pytest
from support import processes
from support.load import Load
from support.mock_upstream import wait_event
from support.raw import Connection, Incomplete, ask, bearer, request_bytes


class Secure(Connection):
    """Over TLS; which certificate it is, others look at."""

    def __init__(self, address):
        super().__init__(address)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock)


class Unbroken(Load):
    """For a gateway that is there at every moment: nobody may be refused."""
    connect = Connection

    def _work(self):
        while not self._stop.is_set():
            try:
                connection = self.connect(self.address)
            except OSError as problem:
                self._failed(problem)
                return
            with connection:
                self._talk(connection)


class Brief(Unbroken):
    """A connection for every request."""

    def _talk(self, connection):
        try:
            connection.send(self.request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            reply = connection.response()
        except (Incomplete, OSError) as problem:
            self._failed(problem)
            return
        self._take(reply)


class BriefSecure(Brief):
    connect = Secure


def state(front):
    return json.loads((front.folder / "aihub-serve.pid").read_text())


def run(front, *arguments, environment=()):
    verbs = [word for word in arguments if not word.startswith("-")]
    flags = [word for word in arguments if word.startswith("-")]
    return processes.run([*front.command(*verbs), *flags], env={**front.environment, **dict(environment)}, cwd=front.folder)


def restart(front, *flags, environment=()):
    """The number of the new process."""
    before = state(front)["pid"]
    result = run(front, "restart", *flags, environment=environment)
    assert result.returncode == 0, result.stderr + front.stderr()[-2000:]
    after = state(front)["pid"]
    assert after != before
    return after


def gone(pid):
    return processes.start_time(pid) is None


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.fixture
def replaceable(gateway):
    """A factory of gateways whose successors are ended too: they are nobody's children."""
    made = []

    def make(*arguments, **more):
        made.append(gateway(*arguments, **more))
        return made[-1]

    yield make
    for front in made:
        run(front, "stop")
        left = [row for row in (front.folder / "aihub-serve.pid", front.folder / "control.sock") if row.exists()]
        assert not left and not list(front.folder.glob("control-*.sock")), front.stderr()[-3000:]


@pytest.mark.parametrize("kind", [Unbroken, Brief])
def test_under_load_no_request_fails(replaceable, mock, kind):
    front = replaceable({"mock": mock.service()}, drain="20s")
    with kind(front, "/mock/x", workers=12) as load:
        load.more(300)
        for _ in range(5):
            old = state(front)["pid"]
            restart(front)
            load.more(300)
            processes.wait_until(lambda: gone(old) or old == front.process.pid and not front.running(), "the old process to end")
    assert load.failures == [] and load.done >= 1800
    assert front.wait() == 0
    assert front.stderr().count("gateway.replaced") == 5


def begun_streams(front, mock, count, connect=Connection):
    """Streams of many events each that have begun; `go` lets them go on to their end."""
    go = threading.Event()

    def script(exchange):
        number = exchange.request.body.split(b'"n":')[1].split(b"}")[0].strip()
        exchange.start_chunks()
        exchange.chunk(b"data: begin %s\n\n" % number)
        wait_event(go)
        for piece in range(200):
            exchange.chunk(b"data: %s %d\n\n" % (number, piece))
        exchange.end_chunks()

    mock.on("/v1/chat/completions", script)
    clients = []
    for number in range(count):
        body = json.dumps({"model": "mock", "messages": [], "stream": True, "n": number}).encode()
        client = connect(front.url)
        client.send(request_bytes("POST", "/v1/chat/completions", bearer(front.client_key), body))
        head = client.head()
        assert head.status == 200
        assert client.chunk()[0] == b"data: begin %d\n\n" % number
        clients.append(client)
    return clients, go


def rest_of_stream(client):
    got = b""
    while True:
        data, _ = client.chunk()
        if not data:
            return got
        got += data


def expect_whole(clients):
    for number, client in enumerate(clients):
        assert rest_of_stream(client) == b"".join(b"data: %d %d\n\n" % (number, piece) for piece in range(200))
        client.close()


def test_streams_come_to_their_end_in_the_old_process(replaceable, mock):
    front = replaceable({"mock": mock.service()}, drain="200ms")
    clients, go = begun_streams(front, mock, 20)
    new = restart(front)
    told = run(front, "status", "--json")
    assert json.loads(told.stdout)["process"] == new
    assert f"process {front.process.pid} finishes 20 connections" in json.loads(told.stdout)["replaced"]
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200
    go.set()
    expect_whole(clients)
    assert front.wait() == 0
    log = front.stderr()
    assert log.index("gateway.replaced") < log.index("gateway.draining") < log.index("gateway.stopped")
    assert "replaced" not in json.loads(run(front, "status", "--json").stdout)


def test_streams_of_several_generations_end_each_in_its_own(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    generations = []
    for _ in range(3):
        generations.append(begun_streams(front, mock, 4))
        restart(front)
    assert len(json.loads(run(front, "status", "--json").stdout)["replaced"]) == 3
    for clients, go in generations:
        go.set()
        expect_whole(clients)
    processes.wait_until(lambda: not list(front.folder.glob("control-*.sock")), "all old processes to end")


def test_an_old_process_does_not_stay_for_longer_than_it_may(replaceable, mock):
    front = replaceable({"mock": mock.service()}, {"restart_drain": "300ms"})
    clients, _ = begun_streams(front, mock, 2)
    restart(front)
    assert front.wait() == 0
    for client in clients:
        with pytest.raises(Incomplete):
            rest_of_stream(client)


def test_stop_ends_the_new_and_the_old_process(replaceable, mock):
    front = replaceable({"mock": mock.service()}, drain="300ms")
    clients, _ = begun_streams(front, mock, 2)
    new = restart(front)
    stopped = run(front, "stop", "--drain=300ms")
    assert stopped.returncode == 0, stopped.stderr
    assert f"stopped process {new}" in stopped.stderr and f"stopped process {front.process.pid}" in stopped.stderr
    assert front.wait() == 0
    assert gone(new)
    with pytest.raises(ConnectionRefusedError):
        Connection(front.address)
    for client in clients:
        client.close()


@pytest.fixture
def certificate(tmp_path):
    """The flags of a gateway that speaks TLS."""
    crt, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    made = processes.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                          "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(crt)])
    assert made.returncode == 0, made.stderr
    return [f"--tls-cert={crt}", f"--tls-key={key}"]


def test_under_tls_no_request_fails_and_a_stream_goes_on(replaceable, mock, certificate):
    front = replaceable({"mock": mock.service()}, flags=certificate)
    assert front.url.startswith("https://")
    clients, go = begun_streams(front, mock, 5, Secure)
    with BriefSecure(front, "/mock/x", workers=6) as load:
        load.more(50)
        for _ in range(3):
            restart(front)
            load.more(50)
    assert load.failures == []
    go.set()
    expect_whole(clients)


def test_several_addresses_and_more_and_fewer_threads(replaceable, mock):
    front = replaceable({"mock": mock.service()}, listen="127.0.0.1:0,127.0.0.1:0,[::1]:0", flags=["--threads=1"])
    loads = []
    for address in front.addresses:
        load = Brief(front, "/mock/x", workers=4)
        load.address = address
        loads.append(load.__enter__())
    try:
        for threads in (3, 1, 2, 4, 1):
            restart(front, f"--threads={threads}")
            assert state(front)["addresses"] == front.addresses
            for load in loads:
                load.more(100)
    finally:
        for load in loads:
            load.finish()
    assert [load.failures for load in loads] == [[], [], []]


def test_an_address_may_come_and_another_go(replaceable, mock):
    front = replaceable({"mock": mock.service()}, listen="127.0.0.1:0,127.0.0.1:0")
    kept, dropped = front.addresses
    added = f"127.0.0.1:{processes.free_port()}"
    with Brief(front, "/mock/x", workers=4) as load:
        load.more(50)
        restart(front, f"--listen={kept}", f"--listen={added}")
        load.more(50)
    assert load.failures == []
    assert state(front)["addresses"] == [kept, added]
    assert ask(added, "GET", "/mock/x", bearer(front.client_key)).status == 200
    processes.wait_until(lambda: refuses(dropped), "the address to be closed")


def refuses(address):
    try:
        Connection(address).close()
    except ConnectionRefusedError:
        return True
    return False


BAD_STARTS = {
    "settings": (2, lambda front: front.config.write_text('{\n "no_such": 1\n}'), [], "aihub.json:2"),
    "certificate": (2, None, ["--tls-cert=/nonexistent", "--tls-key=/nonexistent"], "certificate"),
    "database": (None, lambda front: (front.folder / "bad.db").write_bytes(b"no database" * 500), ["--db=bad.db"], "bad.db"),
}


@pytest.mark.parametrize("kind", BAD_STARTS)
def test_a_new_process_that_cannot_start_changes_nothing(replaceable, mock, kind):
    code, break_it, flags, named = BAD_STARTS[kind]
    front = replaceable({"mock": mock.service()})
    good = front.config.read_text()
    with Brief(front, "/mock/x", workers=4) as load:
        load.more(50)
        if break_it:
            break_it(front)
        result = processes.run([*front.command("restart")[:2], "--state-dir", str(front.folder), *flags], env=front.environment, cwd=front.folder)
        load.more(50)
    front.config.write_text(good)
    assert result.returncode == code if code else result.returncode != 0
    assert named in result.stderr and len(result.stderr.splitlines()) == 1, result.stderr
    assert load.failures == []
    assert state(front)["pid"] == front.process.pid and front.running()
    assert "gateway.replaced" not in front.stderr()


def test_an_address_that_is_taken_changes_nothing(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = run(front, "restart", f"--listen={front.address}", f"--listen=127.0.0.1:{other.getsockname()[1]}")
    assert result.returncode == 7
    assert "is taken" in result.stderr and f"process {front.process.pid} goes on as before" in result.stderr
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200


class Heir:
    """Speaks with control.sock as a new process does."""

    def __init__(self, front, name="control.sock"):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.folder = os.open(front.folder, os.O_PATH)
        self.sock.connect(f"/proc/self/fd/{self.folder}/{name}")
        self.sock.settimeout(20)
        self.given = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()
        os.close(self.folder)
        for fd in self.given:
            os.close(fd)

    def ask(self, request):
        self.sock.sendall(request if isinstance(request, bytes) else json.dumps(request).encode())
        return self.answer()

    def answer(self):
        text, beside, _, _ = self.sock.recvmsg(65536, socket.CMSG_SPACE(4 * 250))
        for _, _, data in beside:
            got = array.array("i")
            got.frombytes(data[:len(data) - len(data) % got.itemsize])
            self.given += got.tolist()
        return json.loads(text) if text else None

    def inherit(self):
        answer = self.ask({"verb": "take over", "version": 1})
        wanted = 3 + sum(row["sockets"] for row in answer["addresses"])
        while len(self.given) < wanted:
            self.answer()
        return answer


def test_an_heir_that_goes_before_it_is_ready_changes_nothing(replaceable, mock):
    front = replaceable({"mock": mock.service()}, flags=["--threads=2"])
    before = descriptors(front.process.pid)
    with Brief(front, "/mock/x", workers=4) as load:
        for _ in range(20):
            with Heir(front) as heir:
                answer = heir.inherit()
                assert answer["process"] == front.process.pid and answer["addresses"][0]["address"] == front.address
            load.more(10)
    assert load.failures == []
    processes.wait_until(lambda: descriptors(front.process.pid) <= before + 8, "what the load used to be closed")
    assert state(front)["pid"] == front.process.pid


def test_the_control_socket_is_for_those_who_know_what_to_say(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    assert oct((front.folder / "control.sock").stat().st_mode & 0o777) == "0o600"
    for mistake in (b"\x00\xff", b"{", b"[]", b"null", b'{"verb":7}', b'{"verb":"dance"}', b'{"verb":{"a":1}}', b"x" * 60000):
        with Heir(front) as stranger:
            assert "error" in stranger.ask(mistake), mistake
    with Heir(front) as stranger:
        assert "nothing to hand over" in stranger.ask({"verb": "ready"})["error"]
    with Heir(front) as stranger:
        told = stranger.ask({"verb": "take over", "version": 99})
        assert "version" in told["error"] and not stranger.given
    silent = [Heir(front) for _ in range(40)]  # more than the gateway listens to
    assert json.loads(run(front, "status", "--json").stdout)["process"] == front.process.pid
    restart(front)
    for heir in silent:
        heir.__exit__()
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200


def ask_as_nobody(folder):
    """What a process of another user gets from the control socket of this folder."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.chdir(folder)
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            sock.settimeout(20)
            sock.connect("control.sock")
            os.write(writing, sock.recv(1000) + b"|" + sock.recv(1000))
        except OSError as problem:
            os.write(writing, type(problem).__name__.encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    said = os.read(reading, 2000)
    os.close(reading)
    os.close(writing)
    return said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_cannot_use_the_control_socket(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    front.folder.chmod(0o711)
    assert ask_as_nobody(front.folder) == b"PermissionError"
    (front.folder / "control.sock").chmod(0o666)  # even then
    error, end = ask_as_nobody(front.folder).split(b"|")
    assert "another user" in json.loads(error)["error"] and end == b""
    restart(front)


def test_of_two_heirs_the_first_that_is_ready_gets_it(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    clients, go = begun_streams(front, mock, 1)
    with Heir(front) as slow:
        slow.inherit()
        restart(front)
        assert "nothing to hand over" in slow.ask({"verb": "ready"})["error"]
    go.set()
    expect_whole(clients)
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200


def test_an_heir_that_comes_too_late_does_not_take_the_end_of_the_old_process_for_its_death(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    stand_in = Succession(front)
    late = stand_in.heir()
    now = state(front)
    (front.folder / "aihub-serve.pid").write_text(json.dumps({**now, "pid": os.getpid()}))  # as one writes that hands over
    stand_in.die()
    assert late.wait(20) == 7
    assert b"another process took over" in late.stderr.read()
    stand_in.close()
    assert run(front, "restart", f"--listen={front.address}").returncode == 0
    assert ask(front.address, "GET", "/mock/x", bearer(front.client_key)).status == 200


def test_an_old_process_that_dies_on_the_way_leaves_all_to_the_new_one(replaceable, mock):
    """It dies after it has given the sockets away, and before it hears that the new one is ready."""
    front = replaceable({"mock": mock.service()})
    with Heir(front) as heir:
        heir.inherit()
        front.process.kill()
        front.process.wait()
        front.process = None
        sockets = [socket.socket(fileno=os.dup(fd)) for fd in heir.given[3:]]
        with Connection(front.address):  # the sockets live
            pass
        refused = run(front, "start")
        assert "already running" in refused.stderr  # the lock lives with the heir
        for sock in sockets:
            sock.close()
    started = run(front, "restart", f"--listen={front.address}")
    assert started.returncode == 0, started.stderr
    assert ask(front.address, "GET", "/mock/x", bearer(front.client_key)).status == 200


def test_a_gateway_in_the_foreground_can_be_told_to_take_over(replaceable, mock):
    """As a service manager or a container would start it: it has a terminal and a parent of its own."""
    front = replaceable({"mock": mock.service()})
    command = [*front.command(), "--take-over", "--listen", front.address]
    with Unbroken(front, "/mock/x", workers=4) as load:
        load.more(50)
        new = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=front.environment, cwd=front.folder, preexec_fn=processes.die_with_parent)
        processes.wait_until(lambda: state(front)["pid"] == new.pid, "the new process to serve")
        load.more(50)
    assert load.failures == []
    assert front.wait() == 0
    assert run(front, "stop").returncode == 0
    assert new.wait(20) == 0


class Succession:
    """A gateway whose place is taken by this test, which has all that it had and can die in its stead."""

    def __init__(self, front):
        self.front, self.real = front, Heir(front)
        self.answer = self.real.inherit()
        front.process.kill()
        front.process.wait()
        front.process = None
        (front.folder / "control.sock").unlink()
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listening.bind(f"/proc/self/fd/{self.real.folder}/control.sock")
        self.listening.listen()

    def heir(self):
        """A real process that has got everything and has just said that it is ready."""
        command = [*self.front.command(), "--take-over", "--listen", self.front.address]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=self.front.environment, cwd=self.front.folder, preexec_fn=processes.die_with_parent)
        self.peer, _ = self.listening.accept()
        assert json.loads(self.peer.recv(65536)) == {"verb": "take over", "version": 1}
        for text, given in ((json.dumps(self.answer), self.real.given[:3]), ("{}", self.real.given[3:])):
            self.peer.sendmsg([text.encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", given))])
        assert json.loads(self.peer.recv(65536)) == {"verb": "ready"}
        return process

    def die(self):
        self.peer.close()

    def close(self):
        self.listening.close()
        self.real.__exit__()


def test_an_old_process_that_dies_before_it_gives_its_word_leaves_all_to_the_new_one(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    stand_in = Succession(front)
    new = stand_in.heir()
    stand_in.die()
    assert ask(front.address, "GET", "/mock/x", bearer(front.client_key)).status == 200
    processes.wait_until(lambda: state(front)["pid"] == new.pid, "the new process to say who it is")
    stand_in.close()
    assert run(front, "stop").returncode == 0
    assert new.wait(20) == 0


def test_descriptors_do_not_pile_up(replaceable, mock):
    front = replaceable({"mock": mock.service()}, listen="127.0.0.1:0,127.0.0.1:0", flags=["--threads=2"])
    counts = []
    for _ in range(8):
        new = restart(front)
        processes.wait_until(lambda: not list(front.folder.glob("control-*.sock")), "the old process to end")
        assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200
        counts.append(descriptors(new))
    assert max(counts[4:]) <= max(counts[:4]) + 2, counts


def test_flags_of_the_running_gateway_count_unless_others_are_given(replaceable, mock, tmp_path):
    front = replaceable({"mock": mock.service()}, flags=["--threads=3", "--access-log=logs.txt"])
    result = processes.run([*front.command("restart")[:2], "--state-dir", str(front.folder)], env=front.environment, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert state(front)["addresses"] == front.addresses
    processes.wait_until(lambda: front.stderr().count("loops=3") == 2, "the new process to say how many loops it has")
    ask(front.url, "GET", "/mock/after", bearer(front.client_key))
    processes.wait_until(lambda: "/mock/after" in (front.folder / "logs.txt").read_text(), "the line in the same log")
    restart(front, "--threads=1")
    processes.wait_until(lambda: "loops=1" in front.stderr(), "the new process to say how many loops it has")
    assert state(front)["addresses"] == front.addresses


def test_restart_of_what_does_not_run_is_a_start(gateway, mock):
    front = gateway.prepare({"mock": mock.service()})
    result = run(front, "restart", "--listen=127.0.0.1:0")
    try:
        assert result.returncode == 0 and "listening on" in result.stdout
        assert ask(state(front)["addresses"][0], "GET", "/mock/x", bearer(front.client_key)).status == 200
    finally:
        run(front, "stop")


def test_a_second_start_is_still_refused(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    restart(front)
    refused = run(front, f"--listen={front.address}")
    assert refused.returncode == 7 and "already running" in refused.stderr


def test_without_a_control_socket_it_is_stopped_and_started(replaceable, mock):
    front = replaceable({"mock": mock.service()})
    (front.folder / "control.sock").unlink()
    result = run(front, "restart", f"--listen={front.address}")
    assert result.returncode == 0 and "stopped" in result.stderr
    assert front.wait() == 0
    assert ask(front.address, "GET", "/mock/x", bearer(front.client_key)).status == 200


def test_a_service_manager_is_told_of_the_new_process(replaceable, mock, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(20)
        path = f"@aihub-test-{os.getpid()}"
        manager.bind("\0" + path[1:])
        front = replaceable({"mock": mock.service()}, environment={"NOTIFY_SOCKET": path})
        told = [manager.recv(4096).decode()]
        new = restart(front)
        told.append(manager.recv(4096).decode())
        assert f"MAINPID={front.process.pid}\n" in told[0] and "READY=1" in told[0]
        assert f"MAINPID={new}\n" in told[1] and "READY=1" in told[1]
        assert front.wait() == 0
        run(front, "stop")
        assert manager.recv(4096) == b"STOPPING=1"  # the new one: the replaced one said nothing of an end


def test_a_deep_state_folder_is_no_obstacle(gateway, mock, tmp_path):
    front = gateway.prepare({"mock": mock.service()})
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 6)
    flags = [f"--db={front.db}", f"--config={front.config}", f"--state-dir={deep}"]
    command = [front.command()[0]]
    start = processes.run([*command, "start", "--listen=127.0.0.1:0", *flags], env=front.environment, cwd=front.folder)
    try:
        assert start.returncode == 0, start.stderr
        before = json.loads((deep / "aihub-serve.pid").read_text())
        again = processes.run([*command, "restart", *flags], env=front.environment, cwd=front.folder)
        assert again.returncode == 0, again.stderr
        after = json.loads((deep / "aihub-serve.pid").read_text())
        assert after["pid"] != before["pid"] and after["addresses"] == before["addresses"]
    finally:
        processes.run([*command, "stop", *flags], env=front.environment, cwd=front.folder)
    assert not list(deep.glob("control*"))
