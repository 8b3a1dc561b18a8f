"""What a reload changes, what it leaves for a restart and says so, and what it refuses."""
import json
import signal
import subprocess

from support import processes
from support.raw import Connection, ask, bearer, request_bytes
from test_tls import common_name, make_certificate


def reload(front):
    return processes.run(front.command("reload"), env=front.environment, cwd=front.folder)


def state(front):
    return json.loads((front.folder / "aihub-serve.pid").read_text())


def test_what_only_a_restart_can_change_stays_as_it_was_and_is_named(gateway, mock):
    front = gateway({"mock": mock.service()}, {"body_limit": "10MB"})
    front.services["added"] = mock.service()
    front.write_config(auth="off", insecure=True, base_path="/llm", body_limit="1KB")
    told = reload(front)
    assert told.returncode == 0
    assert "auth" in told.stderr and "base_path" in told.stderr and "body_limit" not in told.stderr
    assert ask(front.url, "GET", "/added/x", bearer(front.client_key)).status == 200
    assert ask(front.url, "POST", "/mock/x", bearer(front.client_key), b"x" * 2000).status == 413
    assert ask(front.url, "GET", "/mock/x").status == 401
    assert ask(front.url, "GET", "/api/tags", bearer(front.client_key)).status == 200
    assert ask(front.url, "GET", "/llm/tags", bearer(front.client_key)).status == 404
    warned = [line for line in front.stderr().splitlines() if "config.needs_restart" in line]
    assert len(warned) == 1 and "auth, insecure" in warned[0].replace("base_path, ", "")
    front.write_config(auth="on", insecure=False, base_path="/api")
    told = reload(front)
    assert told.returncode == 0 and "next start" not in told.stderr


def test_a_restart_takes_what_a_reload_left(gateway, mock):
    front = gateway({"mock": mock.service()})
    front.write_config(base_path="/llm")
    assert "base_path" in reload(front).stderr
    front.stop()
    front.start()
    assert ask(front.url, "GET", "/llm/tags", bearer(front.client_key)).status == 200


def test_a_reload_without_such_changes_names_none(gateway, mock):
    front = gateway({"mock": mock.service()})
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200
    front.wait_access(lambda row: row["request_uri"] == "/mock/x")
    told = reload(front)
    assert told.returncode == 0 and len(told.stderr.splitlines()) == 1
    assert "needs_restart" not in front.stderr()


def test_a_service_that_the_old_base_path_hides_is_refused(gateway, mock):
    front = gateway({"mock": mock.service()}, {"base_path": "/llm"})
    front.services["llm"] = mock.service()
    front.write_config(base_path="/api")
    told = reload(front)
    assert told.returncode == 2 and "services.llm" in told.stderr
    assert ask(front.url, "GET", "/llm/tags", bearer(front.client_key)).status == 200


def test_https_is_not_switched_on_by_a_reload(gateway, mock, tmp_path):
    make_certificate(tmp_path, "late")
    front = gateway({"mock": mock.service()})
    front.services["added"] = mock.service()
    front.write_config(tls_certificate=str(tmp_path / "tls.crt"), tls_key=str(tmp_path / "tls.key"))
    told = reload(front)
    assert told.returncode == 2 and "cannot switch HTTPS on" in told.stderr
    assert state(front)["tls"] is False
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200
    assert ask(front.url, "GET", "/added/x", bearer(front.client_key)).status == 404
    status = processes.run([*front.command("status"), "--json"], env=front.environment, cwd=front.folder)
    assert status.returncode == 0 and json.loads(status.stdout)["urls"] == [front.url]


def test_https_is_not_switched_off_by_a_reload_and_can_be_renewed_after(gateway, mock, tmp_path):
    make_certificate(tmp_path, "first")
    files = {"tls_certificate": str(tmp_path / "tls.crt"), "tls_key": str(tmp_path / "tls.key")}
    front = gateway({"mock": mock.service()}, files)
    for name in files:
        del front.settings[name]
    front.write_config()
    told = reload(front)
    assert told.returncode == 2 and "cannot switch HTTPS off" in told.stderr
    assert state(front)["tls"] is True and common_name(front) == "first"
    make_certificate(tmp_path, "second")
    front.write_config(**files)
    assert reload(front).returncode == 0
    processes.wait_until(lambda: common_name(front) == "second", "the renewed certificate")


def test_many_reloads_in_a_row_are_each_answered(gateway, mock):
    """Readers of the state file meet its writer at every point, and take no gateway for gone."""
    front = gateway({"mock": mock.service()})
    watchers = [subprocess.Popen([*front.command("reload")], env=front.environment, cwd=front.folder,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    for _ in range(8):
        told = reload(front)
        assert told.returncode == 0, told.stderr
    for watcher in watchers:
        said = watcher.communicate(timeout=60)[1]
        assert watcher.returncode == 0, said
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200


def test_what_is_open_during_a_refused_reload_goes_on(gateway, mock):
    front = gateway({"mock": mock.service()})
    with Connection(front.url) as client:
        client.send(request_bytes("GET", "/mock/x", bearer(front.client_key)))
        assert client.response().status == 200
        front.write_config(header_timeout="off")
        front.signal(signal.SIGHUP)
        processes.wait_until(lambda: "config.refused" in front.stderr(), "the refusal")
        client.send(request_bytes("GET", "/mock/x", bearer(front.client_key)))
        assert client.response().status == 200
