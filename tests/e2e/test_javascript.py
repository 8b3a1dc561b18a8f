"""The official JavaScript clients, in Node, the same three ways as the Python ones."""
import os
import subprocess
import threading
from pathlib import Path

import pytest
from support.mock_upstream import wait_event
from support.paths import NODE
from support.places import PLACES, SENTENCE, openai_base, plain_base

HERE = Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def node(servers):
    if "javascript" in servers.left_out:
        pytest.skip(servers.left_out["javascript"])


def drive(script, **variables):
    result = subprocess.run(["node", str(HERE / script)], capture_output=True, text=True, timeout=120, env={
        "PATH": os.environ["PATH"], "SDK_FOLDER": str(NODE), "SENTENCE": SENTENCE, **variables})
    lines = result.stdout.splitlines()
    assert lines, result.stderr
    assert [line for line in lines if not line.startswith("ok ")] == [], result.stderr
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("place", PLACES)
def test_openais_client(hub, servers, place):
    drive("sdk_openai.mjs", BASE_URL=openai_base(place, hub, servers, "llama"), KEY=hub.client_key,
          EMBED_URL=openai_base(place, hub, servers, "embed"), GATEWAY="" if place == "direct" else place)


@pytest.mark.parametrize("place", PLACES)
def test_ollamas_client(hub, servers, ollama_server, place):
    drive("sdk_ollama.mjs", BASE_URL=plain_base(place, hub, servers, "ollama"), KEY=hub.client_key,
          GATEWAY="" if place == "direct" else place)


@pytest.mark.parametrize("path,content_type,piece", [
    ("/v1/chat/completions", "text/event-stream",
     b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"mock","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'),
    ("/api/chat", "application/x-ndjson", b'{"model":"mock","message":{"role":"assistant","content":"x"},"done":false}\n')])
def test_an_aborted_stream_is_cancelled_at_the_server(gateway, new_mock, path, content_type, piece):
    gone = threading.Event()

    def talk_until_gone(exchange):
        exchange.start_chunks(content_type)
        exchange.chunk(piece)
        if exchange.wait_gone():
            gone.set()

    mock = new_mock(models=["mock"], kind="ollama")
    mock.on(path, talk_until_gone)
    front = gateway({"mock": mock.service(apis=["chat", "ollama"])})
    drive("sdk_abort.mjs", BASE_URL=front.url, KEY=front.client_key, CLIENT="openai" if path.startswith("/v1") else "ollama")
    wait_event(gone)
