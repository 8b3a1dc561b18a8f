"""Everything in examples/ is run: a file that people copy must work as it stands."""
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from support import processes
from support.paths import BIN, ROOT, binary

EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo upstream on a port of its own; gives its URL."""
    log = tmp_path_factory.mktemp("demo") / "log"
    with open(log, "wb") as out:
        process = subprocess.Popen([sys.executable, EXAMPLES / "demo/serve.py"], stdout=out, stdin=subprocess.DEVNULL,
                                   preexec_fn=processes.die_with_parent)
    found = processes.wait_until(lambda: re.search(r"listening on (\S+)", log.read_text()), "the demo to listen")
    yield found[1]
    process.terminate()
    process.wait(10)


def post(url, document, key=None):
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(url, json.dumps(document).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.read()


CHAT = {"model": "aihub-toy", "messages": [{"role": "user", "content": "one two three"}]}


def demo_gateway(gateway, demo):
    """A gateway before the demo, once it knows its key and has heard from all three services."""
    served = gateway({"ollama": {"url": demo}, "kokoro": {"url": demo}, "stt": {"url": demo}})
    served.wait_accepts(served.client_key)
    processes.wait_until(lambda: served.stderr().count("service.listed") == 3, "the services to be asked")
    return served


def test_the_demo_says_that_it_is_no_language_model(demo):
    answer = json.loads(post(demo + "/v1/chat/completions", CHAT))
    assert "not a language model" in answer["choices"][0]["message"]["content"]
    assert answer["usage"]["prompt_tokens"] == 3


@pytest.mark.parametrize("path, ask, text", [
    ("/v1/chat/completions", {"messages": CHAT["messages"]}, lambda a: a["choices"][0]["message"]["content"]),
    ("/v1/completions", {"prompt": "one two three"}, lambda a: a["choices"][0]["text"]),
    ("/v1/responses", {"input": "one two three"}, lambda a: a["output"][0]["content"][0]["text"]),
    ("/v1/messages", {"messages": CHAT["messages"], "max_tokens": 99}, lambda a: a["content"][0]["text"]),
    ("/api/chat", {"messages": CHAT["messages"], "stream": False}, lambda a: a["message"]["content"]),
    ("/api/generate", {"prompt": "one two three", "stream": False}, lambda a: a["response"]),
])
def test_every_text_endpoint_of_the_demo_answers_through_the_gateway(gateway, demo, path, ask, text):
    served = demo_gateway(gateway, demo)
    answer = json.loads(post(served.url + path, {"model": "aihub-toy", **ask}, served.client_key))
    assert "You wrote 3 words: “one two three”" in text(answer)


def test_embeddings_of_the_demo_are_nearer_where_words_are_shared(demo):
    texts = ["the cat sat on the mat", "a cat on a mat", "quarterly revenue grew"]
    rows = json.loads(post(demo + "/v1/embeddings", {"model": "aihub-toy", "input": texts}))["data"]
    first, near, far = (row["embedding"] for row in rows)

    def product(other):
        return sum(a * b for a, b in zip(first, other))

    assert product(near) > product(far)


def test_what_the_demo_speaks_it_also_recognises(gateway, demo):
    for tool in ("flite", "sox", "pocketsphinx_continuous"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    served = demo_gateway(gateway, demo)
    speech = {"model": "tts-1", "input": "the weather is nice today", "response_format": "wav"}
    audio = post(served.url + "/v1/audio/speech", speech, served.client_key)
    assert audio.startswith(b"RIFF")
    form = (b'--cut\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--cut\r\nContent-Disposition: '
            b'form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n' + audio + b"\r\n--cut--\r\n")
    request = urllib.request.Request(served.url + "/v1/audio/transcriptions", form, {
        "Content-Type": "multipart/form-data; boundary=cut", "Authorization": f"Bearer {served.client_key}"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        assert json.load(reply)["text"] == "the weather is nice today"


def test_the_example_settings_are_right(tmp_path):
    checked = processes.run([binary("aihub-serve"), "--check-config", "--config", EXAMPLES / "aihub.json"], cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    shown = processes.run([binary("aihub-serve"), "--print-config", "--config", EXAMPLES / "aihub.json"], cwd=tmp_path)
    assert re.search(r"192\.168\.1\.22:8000", shown.stdout)


def nginx_example(folder, port, upstream):
    """The example with its ports and its paths, which only root may write, replaced."""
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                   "-keyout", folder / "key.pem", "-out", folder / "chain.pem"]
    subprocess.run(certificate, check=True, capture_output=True)
    text = (EXAMPLES / "nginx.conf").read_text()
    changes = {"listen 443 ssl": f"listen 127.0.0.1:{port} ssl", "server 127.0.0.1:8080": f"server {upstream}",
               "/etc/aihub/fullchain.pem": str(folder / "chain.pem"), "/etc/aihub/privkey.pem": str(folder / "key.pem"),
               "/run/nginx.pid": str(folder / "nginx.pid"), "/var/log/nginx/error.log": str(folder / "error.log")}
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text)
    return folder / "nginx.conf"


def test_nginx_in_front_passes_a_stream_piece_by_piece(gateway, demo, tmp_path):
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    served = demo_gateway(gateway, demo)
    port = processes.free_port()
    config = nginx_example(tmp_path, port, served.address)
    checked = processes.run(["nginx", "-t", "-c", config, "-e", tmp_path / "error.log"])
    assert checked.returncode == 0, checked.stderr
    nginx = subprocess.Popen(["nginx", "-g", "daemon off;", "-c", config, "-e", tmp_path / "error.log"],
                             preexec_fn=processes.die_with_parent)
    try:
        curl = ["curl", "-skN", "--retry", "20", "--retry-connrefused", "--retry-delay", "1",
                f"https://127.0.0.1:{port}/v1/chat/completions", "-H", f"X-API-Key: {served.client_key}", "-d",
                json.dumps({**CHAT, "stream": True})]
        with subprocess.Popen(curl, stdout=subprocess.PIPE) as client:
            arrivals = [(time.monotonic(), line) for line in client.stdout if line.startswith(b"data:")]
        assert arrivals[-1][1].strip() == b"data: [DONE]"
        # The demo takes 10 ms a token: collected by a proxy, all lines would come in one moment.
        assert arrivals[-1][0] - arrivals[0][0] > 0.1
    finally:
        nginx.terminate()
        nginx.wait(10)


def test_the_systemd_unit_is_sound_and_hardened(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    unit = tmp_path / "aihub-serve.service"
    text = (EXAMPLES / "systemd/aihub-serve.service").read_text()
    unit.write_text(re.sub(r"^Documentation=.*\n", "", text.replace("/usr/local/bin", str(BIN)), flags=re.MULTILINE))
    verified = processes.run(["systemd-analyze", "verify", unit])
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = processes.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", unit])
    assert rated.returncode == 0, rated.stdout[-400:]


def test_the_command_of_the_unit_is_understood(tmp_path):
    line = re.search(r"^ExecStart=(.*)$", (EXAMPLES / "systemd/aihub-serve.service").read_text(), re.MULTILINE)[1]
    words = line.replace("/usr/local/bin", str(BIN)).split()
    checked = processes.run([*words, "--check-config"], cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr


def test_a_reload_of_the_unit_replaces_the_process_and_says_so(tmp_path):
    """Both commands as the unit has them, with a socket in the place of systemd's."""
    unit = (EXAMPLES / "systemd/aihub-serve.service").read_text()

    def command(name):
        line = re.search(rf"^{name}=(.*)$", unit, re.MULTILINE)[1]
        return [word.replace("/usr/local/bin", str(BIN)).replace("/var/lib/aihub", str(tmp_path))
                .replace("/var/log/aihub", str(tmp_path)) for word in line.split()]

    def told(manager):
        return dict(line.split("=", 1) for line in manager.recv(4096).decode().splitlines())

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(20)
        manager.bind(str(tmp_path / "notify"))
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AIHUB_LISTEN": "127.0.0.1:0",
                       "NOTIFY_SOCKET": str(tmp_path / "notify")}
        old = subprocess.Popen(command("ExecStart"), env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, preexec_fn=processes.die_with_parent)
        try:
            assert told(manager)["MAINPID"] == str(old.pid)
            reloaded = processes.run(command("ExecReload"), env=environment, cwd=tmp_path)
            assert reloaded.returncode == 0, reloaded.stderr
            fresh = told(manager)
            assert fresh["READY"] == "1" and fresh["MAINPID"] != str(old.pid)
            assert old.wait(20) == 0
            assert json.loads((tmp_path / "aihub-serve.pid").read_text())["pid"] == int(fresh["MAINPID"])
        finally:
            processes.run([binary("aihub-serve"), "stop", "--state-dir", tmp_path, "--db", tmp_path / "aihub.db"],
                          env=environment)
            old.kill()
    assert "NotifyAccess=all" in unit, "systemd would not listen to the new process"


def test_a_rotated_log_is_opened_again(gateway, demo, tmp_path):
    if not shutil.which("logrotate"):
        pytest.skip("logrotate is not installed")
    served = demo_gateway(gateway, demo)
    log = served.folder / "access.log"
    stanza = (EXAMPLES / "logrotate/aihub").read_text()
    stanza = stanza.replace("/var/log/aihub", str(served.folder)).replace("/var/lib/aihub", str(served.folder))
    stanza = re.sub(r"create 0640 aihub aihub", "create 0640", stanza)
    (tmp_path / "stanza").write_text(stanza)
    served.wait_access(lambda row: row["request_uri"] == "/v1/models")
    rotated = processes.run([shutil.which("logrotate"), "-f", "-s", tmp_path / "state", tmp_path / "stanza"])
    assert rotated.returncode == 0, rotated.stderr
    assert log.with_suffix(".log.1").exists()

    def seen():
        post(served.url + "/v1/chat/completions", CHAT, served.client_key)
        return any(row["model"] == "aihub-toy" for row in served.access_log())

    processes.wait_until(seen, "a request in the new file", 10, pause=0.2)


def test_cron_starts_a_gateway_that_is_down_and_leaves_one_that_runs(tmp_path):
    line = next(line for line in (EXAMPLES / "cron/aihub").read_text().splitlines() if line.startswith("* "))
    command = re.sub(r"^(?:\S+ ){6}", "", line).replace("/var/lib/aihub", str(tmp_path))
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(tmp_path), "AIHUB_LISTEN": "127.0.0.1:0"}
    pid_file = tmp_path / "aihub-serve.pid"
    try:
        first = processes.run(["sh", "-c", command], env=environment, cwd=tmp_path)
        assert (first.returncode, first.stdout) == (0, ""), first.stderr
        started = json.loads(pid_file.read_text())["pid"]
        again = processes.run(["sh", "-c", command], env=environment, cwd=tmp_path)
        assert again.returncode == 0, again.stderr
        assert json.loads(pid_file.read_text())["pid"] == started
    finally:
        processes.run([binary("aihub-serve"), "stop", "--state-dir", tmp_path, "--db", tmp_path / "aihub.db"],
                      env=environment)
    assert not pid_file.exists()


def test_the_containers_are_described_soundly():
    document = yaml.safe_load((EXAMPLES / "compose/compose.yaml").read_text())
    assert set(document["services"]) == {"aihub", "ollama"}
    hub = document["services"]["aihub"]
    assert (EXAMPLES / "compose" / hub["build"]["context"] / hub["build"]["dockerfile"]).resolve().is_file()
    volumes = {mount.split(":")[0] for service in document["services"].values() for mount in service["volumes"]}
    assert volumes == set(document["volumes"])
    # Every variable means something to the gateway.
    known = (ROOT / "man/aihub-serve.1").read_text()
    assert all(f".Ev {name}" in known for name in hub["environment"])


def test_the_image_has_every_library_that_the_programs_link():
    if not shutil.which("dpkg"):
        pytest.skip("no dpkg here to say which package a library is of")
    image = (EXAMPLES / "compose/Dockerfile").read_text()
    needed = set()
    for name in ("aihub-serve", "aihub-keys", "aihub-logwatch"):
        libraries = re.findall(r"=> (/\S+)", processes.run(["ldd", binary(name)]).stdout)
        owners = processes.run(["dpkg", "-S", *{str(Path("/usr/lib") / Path(path).relative_to("/lib"))
                                                if path.startswith("/lib/") else path for path in libraries}])
        needed |= {line.split(":")[0] for line in owners.stdout.splitlines()}
    part_of_every_system = {"libc6", "libgcc-s1"}
    assert needed - part_of_every_system, "ldd names no library"
    missing = {package for package in needed - part_of_every_system if not re.search(rf"\s{re.escape(package)}\s", image)}
    assert not missing


def test_make_run_and_stop(tmp_path):
    """The script behind `make run`: a key that works and stays the same, one gateway only, nothing left after stop."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AIHUB_RUN_DIR": str(tmp_path / "run"),
                   "AIHUB_BIN": str(BIN), "GATEWAY_PORT": str(processes.free_port())}

    def script(verb):
        return subprocess.run([EXAMPLES / "run.sh", verb], env=environment, capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL)

    key_file = tmp_path / "run/key"
    try:
        first = script("start")
        assert first.returncode == 0, first.stderr
        key = key_file.read_text().strip()
        assert key in first.stdout and (key_file.stat().st_mode & 0o777) == 0o600
        assert '"choices"' in first.stdout
        again = script("start")
        assert "running already" in again.stdout and key in again.stdout
        key_file.unlink()
        renewed = script("start")
        assert renewed.returncode == 0 and key_file.read_text().strip() != key
    finally:
        stopped = script("stop")
    assert "the gateway" in stopped.stdout
    assert script("stop").stdout.strip() == "nothing was running"
