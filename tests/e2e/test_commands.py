"""aihub-serve as a command: what it prints, what it refuses, and the verbs for people without a service manager."""
import fcntl
import json
import socket
import threading

import pytest
from support import keychain, processes
from support.raw import ask, bearer


@pytest.fixture
def front(gateway, mock):
    return gateway.prepare({"mock": mock.service()}, {"header_timeout": "7s"})


def run(front, *arguments, environment=()):
    return processes.run([*front.command(*[a for a in arguments if not a.startswith("-")]), *[a for a in arguments if a.startswith("-")]],
                         env={**front.environment, **dict(environment)}, cwd=front.folder)


def test_a_sound_configuration_passes_the_check(front):
    assert run(front, "--check-config").returncode == 0


MISTAKES = {
    '{\n "services": {\n  "x": {"url": 7}\n }\n}': (3, "url"),
    '{\n "no_such": 1\n}': (2, "no_such"),
    '{\n // comment\n "header_timeout": "soon"\n}': (3, "header_timeout"),
    '{\n "services": {"x": {"url": "http://h", "kind": "odd"}}\n}': (2, "kind"),
    '{\n "gateway_port": 99999\n}': (2, "gateway_port"),
    '{\n "services": {\n': (2, "aihub.json"),
    '{\n "services": {"v1": {"url": "http://127.0.0.1:1", "kind": "plain"}}\n}': (2, "v1"),
    '{\n "base_path": "/v1"\n}': (2, "base_path"),
    '{\n "base_path": "/api/models"\n}': (2, "base_path"),
    '{\n\n "idle_timeout": "off"\n}': (3, "idle_timeout"),
    '{\n "header_timeout": 0\n}': (2, "header_timeout"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named_with_file_line_and_key(front, text):
    line, key = MISTAKES[text]
    front.config.write_text(text)
    for arguments in (["--check-config"], []):
        result = run(front, *arguments)
        assert result.returncode == 2
        assert f"aihub.json:{line}" in result.stderr and key in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_the_settings_are_printed_with_their_origins(front):
    result = run(front, "--print-config", "--drain=9s", environment={"GATEWAY_PORT": "8181", "ADMIN_KEY": keychain.remember("print-me-not-0123456789")})
    assert result.returncode == 0
    lines = {line.split(" = ")[0]: line for line in result.stdout.splitlines() if " = " in line}
    assert "8181" in lines["gateway_port"] and "environment GATEWAY_PORT" in lines["gateway_port"]
    assert "aihub.json:2" in lines["header_timeout"] and "flag --drain" in lines["drain"]
    assert "default" in lines["body_limit"]
    assert "print-me-not-0123456789" not in result.stdout


def test_a_dotenv_never_overrides_the_environment(front):
    (front.folder / ".env").write_text("export GATEWAY_PORT=8282\nLAN_IP='127.0.0.9'\n# comment\n")
    lines = run(front, "--print-config", environment={"GATEWAY_PORT": "8181"}).stdout.splitlines()
    assert "8181" in next(line for line in lines if line.startswith("gateway_port"))
    assert "127.0.0.9" in next(line for line in lines if line.startswith("lan_ip"))


@pytest.mark.parametrize("arguments", [["--no-such-flag"], ["sttaus"], ["--threads=many"], ["--drain=never"]])
def test_wrong_usage_is_told_apart(front, arguments):
    result = run(front, *arguments)
    assert result.returncode == 2
    assert result.stdout == "" and len(result.stderr.strip().splitlines()) == 1


def test_help_and_version_need_nothing(front):
    assert "--listen" in run(front, "--help").stdout
    assert run(front, "--version").stdout.startswith("aihub-serve ")


def test_the_life_of_a_gateway_in_the_background(front):
    """start, start again, status, reload, restart, stop, stop again."""
    flags = ["--listen=127.0.0.1:0"]
    assert run(front, "status").returncode != 0
    try:
        started = run(front, "start", *flags)
        assert started.returncode == 0, started.stderr
        first = state(front)
        keychain.remember((front.folder / "admin.key").read_text().strip())
        assert ask(first["addresses"][0], "GET", "/mock/x", bearer(front.client_key)).status == 200
        assert run(front, "start", *flags).returncode in (0, 7)
        assert state(front)["pid"] == first["pid"]
        told = run(front, "status", "--json")
        assert (told.returncode, json.loads(told.stdout)["process"]) == (0, first["pid"])
        front.services["added"] = front.services["mock"]
        front.write_config()
        assert run(front, "reload").returncode == 0
        processes.wait_until(lambda: ask(first["addresses"][0], "GET", "/added/x", bearer(front.client_key)).status == 200, "the reload")
        assert run(front, "restart", *flags).returncode == 0
        assert state(front)["pid"] != first["pid"]
        processes.wait_until(lambda: processes.start_time(first["pid"]) is None, "the replaced process to end")
    finally:
        stopped = run(front, "stop")
    assert stopped.returncode == 0
    assert not (front.folder / "aihub-serve.pid").exists()
    assert run(front, "stop").returncode in (0, 3)
    assert run(front, "status").returncode != 0


def state(front):
    return json.loads((front.folder / "aihub-serve.pid").read_text())


def test_a_stale_state_file_is_no_running_gateway(front):
    (front.folder / "aihub-serve.pid").write_text(json.dumps({"pid": 1, "addresses": ["127.0.0.1:1"]}))
    assert run(front, "status").returncode != 0
    run(front, "stop")
    front.start()
    assert state(front)["pid"] == front.process.pid


def test_after_a_crash_a_start_that_fails_says_so(front):
    """What the crashed gateway wrote about itself must not pass for the word of the new one."""
    front.start()
    front.process.kill()
    front.process.wait()
    front.process = None
    host, port = front.address.rsplit(":", 1)
    with socket.create_server((host, int(port))):
        failed = run(front, "start", f"--listen={front.address}")
    assert failed.returncode != 0
    assert "listening on" not in failed.stdout
    assert f"port {port} is taken" in failed.stderr


def test_a_start_is_not_put_off_by_those_who_only_look(front):
    """Every look at the state file holds its lock for a moment."""
    looking = threading.Event()

    def look():
        (front.folder / "aihub-serve.pid").touch()
        while not looking.is_set():
            with open(front.folder / "aihub-serve.pid") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except (BlockingIOError, FileNotFoundError):
                    return

    thread = threading.Thread(target=look)
    thread.start()
    try:
        front.start()
    finally:
        looking.set()
        thread.join()
    assert state(front)["pid"] == front.process.pid


def test_a_second_gateway_on_the_same_state_is_refused(front, gateway):
    front.start()
    result = run(front, "--listen=127.0.0.1:0")
    assert result.returncode != 0 and str(front.process.pid) in result.stderr
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200


def test_setup_prepares_everything_once_and_changes_nothing_twice(front):
    home = front.folder / "fresh"
    command = [front.command()[0], "setup", "--state-dir", str(home), "--db", str(home / "aihub.db"), "--config", str(home / "aihub.json")]
    first = processes.run(command, env=front.environment, cwd=front.folder)
    assert first.returncode == 0, first.stderr
    for token in (first.stdout + " " + (home / "admin.key").read_text() if (home / "admin.key").exists() else first.stdout).split():
        if token.startswith(("ahk_", "aha_")):
            keychain.remember(token)
    assert home.stat().st_mode & 0o777 == 0o700
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.suffix in (".json", ".key")}
    assert "aihub.json" in before
    second = processes.run(command, env=front.environment, cwd=front.folder)
    assert second.returncode == 0
    assert {path.name: path.read_bytes() for path in home.iterdir() if path.suffix in (".json", ".key")} == before
    assert "ollama" in (first.stdout + first.stderr).lower()
