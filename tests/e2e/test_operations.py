"""What an operator relies on: the access log, health, the admin key, notices to a service manager, taken ports."""
import json
import os
import pty
import re
import select
import socket
import stat
import subprocess

import pytest
from support import keychain, processes
from support.mock_upstream import PIECES
from support.raw import Connection, ask, bearer, request_bytes

NGINX_FIELDS = ["time", "remote_addr", "forwarded_for", "request_method", "request_uri", "status", "request_time",
                "body_bytes_sent", "bytes_sent", "http_referer", "user_agent", "api_key", "upstream_addr",
                "upstream_status", "upstream_response_time"]
OWN_FIELDS = {"request_id", "user", "key_id", "model", "service", "reason", "overhead_ms", "ttft_ms", "tokens_in", "tokens_out"}


def test_an_access_log_line_says_everything(gateway, mock):
    mock.on("/v1/chat", lambda exchange: exchange.reply(201, b"created!"))
    front = gateway({"mock": mock.service()})
    reply = ask(front.url, "POST", "/v1/chat/completions?x=1", {
        **bearer(front.client_key), "User-Agent": 'tester "1"', "Referer": "http://here/", "X-Forwarded-For": "192.0.2.7"},
        b'{"model":"mock"}')
    row = front.wait_access(lambda row: row["request_uri"].startswith("/v1/chat"))
    assert list(row)[:len(NGINX_FIELDS)] == NGINX_FIELDS
    assert OWN_FIELDS <= set(row)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", row["time"])
    wanted = {"remote_addr": "127.0.0.1", "forwarded_for": "192.0.2.7", "request_method": "POST",
              "request_uri": "/v1/chat/completions?x=1", "status": 201, "body_bytes_sent": 8, "http_referer": "http://here/",
              "user_agent": 'tester "1"', "upstream_addr": mock.address, "upstream_status": "201", "user": "tester",
              "model": "mock", "service": "mock", "request_id": reply.get("X-Request-Id")}
    assert {name: row[name] for name in wanted} == wanted
    assert row["api_key"].endswith(front.client_key[-4:]) and len(row["api_key"]) < 16
    assert isinstance(row["request_time"], float) and float(row["upstream_response_time"]) >= 0
    assert row["bytes_sent"] > row["body_bytes_sent"] and row["ttft_ms"] >= 0


def test_every_kind_of_end_leaves_a_line(gateway, mock):
    mock.on("/breaks", lambda exchange: (exchange.start_chunks(), exchange.chunk(PIECES[0]), exchange.reset()))
    front = gateway({"mock": mock.service()})
    for path, key, status in (("/mock/fine", front.client_key, 200), ("/mock/refused", "ahk_no", 401), ("/nowhere", front.client_key, 404)):
        ask(front.url, "GET", path, bearer(key))
        assert front.wait_access(lambda row: row["request_uri"] == path)["status"] == status
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/breaks", bearer(front.client_key)))
        client.rest_or_reset()
    assert front.wait_access(lambda row: row["request_uri"] == "/mock/breaks")
    with Connection(front.url) as client:
        client.send(b"GET /bad HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        client.rest_or_reset()
    assert front.wait_access(lambda row: row["status"] == 400)


SECRETS_IN_TARGETS = ["/mock/x?api_key=SECRET", "/mock/x?a=1&access_token=SECRET&b=2", "/mock/x?key=SECRET", "/mock/x?token=SECRET",
                      "/v1/audio/live/SECRET", "/v1/audio/live/ws/SECRET", "/mock/x?API_KEY=SECRET"]


@pytest.mark.parametrize("target", SECRETS_IN_TARGETS)
def test_secrets_in_targets_are_masked_in_every_log(gateway, mock, target):
    secret = keychain.remember("s3cr3t-0123456789abcdef", travels=True)
    front = gateway({"mock": mock.service()}, {"log_level": "DEBUG"})
    ask(front.url, "GET", target.replace("SECRET", secret), {"X-API-Key": front.client_key, "Referer": "http://h" + target.replace("SECRET", secret)})
    row = front.wait_access(lambda row: row["request_method"] == "GET")
    assert row["request_uri"].startswith(target.split("SECRET")[0])
    front.stop()
    assert secret not in json.dumps(row)
    assert secret not in front.stderr()


def test_the_access_log_can_go_to_standard_output(gateway, mock):
    front = gateway({"mock": mock.service()}, flags=["--access-log", "-"])
    ask(front.url, "GET", "/mock/x", bearer(front.client_key))
    assert json.loads(front.wait_line(r'^\{.*"/mock/x"'))["status"] == 200
    assert not (front.folder / "access.log").exists()


def test_a_pipe_that_nobody_reads_does_not_stop_the_gateway(gateway, mock):
    """Standard output takes 64 KB and no more; lines are dropped then, and that is said."""
    front = gateway.prepare({"mock": mock.service()})
    end, pipe = os.pipe()
    try:
        with open(front.folder / "stderr.log", "ab") as log:
            process = subprocess.Popen([*front.command(), "--listen=127.0.0.1:0", "--access-log=-"], stdout=pipe, stderr=log,
                                       env=front.environment, cwd=front.folder, preexec_fn=processes.die_with_parent)
        with Connection(processes.wait_until(lambda: announced(front), "the gateway to listen")) as client:
            for _ in range(100):
                client.send(request_bytes("GET", "/mock/" + "x" * 20_000, bearer(front.client_key)))
                assert client.response().status == 200
        processes.wait_until(lambda: "access_log.dropped" in front.stderr(), "the warning")
        process.terminate()
        assert process.wait(30) == 0
        first = os.read(end, 65536).split(b"\n")[1]
        assert json.loads(first)["status"] == 200
    finally:
        os.close(end)
        os.close(pipe)


def announced(front):
    """The first address in the state file, once it is there."""
    try:
        return json.loads((front.folder / "aihub-serve.pid").read_text())["addresses"][0]
    except (OSError, ValueError):
        return None


def test_the_log_file_has_a_level_of_its_own(gateway, mock):
    front = gateway.prepare({"mock": mock.service()}, {"log_level": "ERROR", "log_file_level": "DEBUG"},
                            flags=["--log-file", "aihub.log"])
    front.start()
    front.stop()
    assert (front.folder / "aihub.log").read_text().strip()
    assert " info " not in front.stderr() and " debug " not in front.stderr()


def test_health_is_public_and_says_more_to_admins(gateway, new_mock):
    mock = new_mock(kind="ollama")
    mock.on("/api/tags", lambda exchange: exchange.reply(200, b'{"models":[{"name":"a","model":"a"},{"name":"b","model":"b"}]}'))
    front = gateway({"mock": {"url": mock.url, "kind": "ollama"}})
    body = processes.wait_until(lambda: (b := ask(front.url, "GET", "/health").json())["active_models"] == 2 and b, "both models")
    assert set(body) == {"status", "timestamp", "active_models", "ollama"}
    assert (body["status"], body["ollama"]) == ("ok", True)
    text = ask(front.url, "GET", "/health", {"Accept": "text/plain"})
    assert (text.body.strip(), text.get("Content-Type").split(";")[0]) == (b"Healthy", "text/plain")
    detail = ask(front.url, "GET", "/health", bearer(front.admin_key())).json()
    assert "mock" in json.dumps(detail["services"])
    assert set(ask(front.url, "GET", "/health", bearer(front.client_key)).json()) == set(body)


def test_health_is_degraded_and_readiness_is_not_when_servers_are_down(gateway, new_mock):
    mock = new_mock()
    mock.close()
    front = gateway({"mock": {"url": mock.url, "kind": "ollama"}})
    body = processes.wait_until(lambda: (b := ask(front.url, "GET", "/health").json())["status"] == "degraded" and b, "the server to be missed")
    assert (body["ollama"], body["active_models"]) == (False, 0)
    assert ask(front.url, "GET", "/health").status == 200
    assert ask(front.url, "GET", "/healthz").status == 200
    assert ask(front.url, "GET", "/readyz").status == 200


def test_the_first_start_makes_an_admin_key(gateway, mock):
    front = gateway({"mock": mock.service()})
    key_file = front.folder / "admin.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key = front.admin_key()
    assert key.startswith("aha_")
    assert ask(front.url, "GET", "/mock/x", bearer(key)).status == 200
    front.stop()
    assert key not in front.stderr() + "".join(line for line in front.lines if line)
    front.start()
    assert front.admin_key() == key


def test_on_a_terminal_the_first_admin_key_is_shown_once(gateway, mock):
    front = gateway.prepare({"mock": mock.service()}, listen="127.0.0.1:0")
    main_end, terminal = pty.openpty()
    for expected in (1, 0):
        process = subprocess.Popen([*front.command(), "--listen", "127.0.0.1:0"], stdin=terminal, stdout=terminal, stderr=terminal,
                                   env=front.environment, cwd=front.folder, preexec_fn=processes.die_with_parent)
        shown = read_until(main_end, b"gateway.started")
        process.terminate()
        assert process.wait(20) == 0
        shown += read_until(main_end, b"gateway.stopped")
        found = set(re.findall(rb"aha_[0-9A-Za-z]{36}", shown))
        for key in found:
            keychain.remember(key.decode())
        assert len(found) == expected
    os.close(main_end)
    os.close(terminal)
    assert not (front.folder / "admin.key").exists()


def read_until(descriptor, mark):
    data = b""
    while mark not in data:
        assert select.select([descriptor], [], [], 20)[0], data
        data += os.read(descriptor, 65536)
    return data


def test_a_service_manager_is_told_what_happens(gateway, mock, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        front = gateway.prepare({"mock": mock.service()}, environment={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        front.start()
        assert "READY=1" in heard(manager, "READY=1")
        front.signal(1)
        assert "MONOTONIC_USEC=" in heard(manager, "RELOADING=1")
        heard(manager, "READY=1")
        front.stop()
        heard(manager, "STOPPING=1")


def heard(manager, word):
    """The first message with that line."""
    while True:
        message = manager.recv(65536).decode()
        if word in message.split("\n"):
            return message


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(gateway, mock):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        front = gateway.prepare({"mock": mock.service()}, listen=f"127.0.0.1:{port}")
        front.start(wait=False)
        assert front.wait() != 0
        said = [line for line in front.stderr().splitlines() if str(port) in line]
        front.process = None
    assert len(said) == 1
    assert "GATEWAY_PORT" in said[0] and str(os.getpid()) in said[0]


def test_several_addresses_are_listened_on(gateway, mock):
    front = gateway({"mock": mock.service()}, listen="127.0.0.1:0,127.0.0.2:0")
    assert len(front.addresses) == 2
    for address in front.addresses:
        assert ask(address, "GET", "/mock/x", bearer(front.client_key)).status == 200
    state = json.loads((front.folder / "aihub-serve.pid").read_text())
    assert (state["pid"], state["addresses"]) == (front.process.pid, front.addresses)


def test_nothing_the_gateway_writes_is_for_others_to_read(gateway, mock):
    front = gateway({"mock": mock.service()})
    ask(front.url, "POST", "/v1/chat/completions", bearer(front.client_key), b'{"model":"mock","x":"' + b"y" * 300_000 + b'"}')
    front.wait_access(lambda row: row["model"] == "mock")
    for name in ("aihub.db", "admin.key"):
        assert stat.S_IMODE((front.folder / name).stat().st_mode) & 0o077 == 0, name
