"""Services as people set them: the five that are there by default, by environment, and their limits."""
import pytest
from support import processes
from support.raw import Connection, ask, bearer, request_bytes

URLS = {"lmstudio": "LMSTUDIO_URL", "ollama": "OLLAMA_URL", "kokoro": "KOKORO_URL", "openwebui": "OPENWEBUI_URL", "stt": "STT_URL"}
PORTS = {"lmstudio": "LMSTUDIO_PORT", "kokoro": "KOKORO_PORT", "openwebui": "OPENWEBUI_PORT", "stt": "STT_REST_PORT"}
MB = 1_000_000


@pytest.fixture
def bare(gateway):
    """A gateway whose file says nothing of services, so that the environment and the defaults do."""
    def make(environment):
        front = gateway.prepare(environment={**{name: "off" for name in URLS.values()}, **environment})
        front.config.write_text("{}")
        return front.start()
    return make


@pytest.mark.parametrize("name", URLS)
def test_each_of_the_five_is_set_by_its_variable(bare, mock, name):
    front = bare({URLS[name]: mock.url})
    assert ask(front.url, "GET", f"/{name}/case?x=1", bearer(front.client_key)).status == 200
    assert mock.at("/case")[0].path == "/case?x=1"
    for other in URLS.keys() - {name}:
        assert ask(front.url, "GET", f"/{other}/case", bearer(front.client_key)).status == 404


@pytest.mark.parametrize("name", PORTS)
def test_a_port_alone_moves_a_service(gateway, mock, name):
    front = gateway.prepare(environment={**{v: "off" for n, v in URLS.items() if n != name}, PORTS[name]: str(mock.port)})
    front.config.write_text("{}")
    front.start()
    assert ask(front.url, "GET", f"/{name}/case", bearer(front.client_key)).status == 200


def test_of_three_variables_for_ollama_the_first_that_is_set_counts(bare, new_mock):
    first, second = new_mock(), new_mock()
    front = bare({"OLLAMA_URL": first.url, "OLLAMA_BASE_URL": second.url, "OLLAMA_LOCAL_URL": second.url})
    assert ask(front.url, "GET", "/ollama/case", bearer(front.client_key)).status == 200
    assert first.at("/case") and second.quiet("/case")


def test_open_webui_gets_its_own_bearer_beside_the_gateways_key(bare, mock):
    front = bare({"OPENWEBUI_URL": mock.url})
    own = {"Authorization": "Bearer sk-of-open-webui", "X-API-Key": front.client_key}
    assert ask(front.url, "GET", "/openwebui/api/models", own).status == 200
    seen = mock.at("/api/models")[-1].request
    assert (seen.all("Authorization"), seen.get("X-API-Key")) == (["Bearer sk-of-open-webui"], None)


def test_open_webui_gets_the_configured_key_when_the_client_brings_none(bare, mock):
    front = bare({"OPENWEBUI_URL": mock.url, "OPENWEBUI_API_KEY": "sk-configured"})
    assert ask(front.url, "GET", "/openwebui/api/models", {"X-API-Key": front.client_key}).status == 200
    assert mock.at("/api/models")[-1].request.all("Authorization") == ["Bearer sk-configured"]


# (path, bytes announced, refused for their number)
LIMITS = [("/lmstudio/x", 90 * MB, False), ("/lmstudio/x", 120 * MB, True), ("/kokoro/x", 45 * MB, False), ("/kokoro/x", 60 * MB, True),
          ("/stt/x", 190 * MB, False), ("/stt/x", 230 * MB, True), ("/v1/audio/transcriptions", 190 * MB, False),
          ("/v1/audio/transcriptions", 230 * MB, True), ("/v1/chat/completions", 120 * MB, True)]


@pytest.mark.parametrize("path,size,refused", LIMITS, ids=[f"{path} {size // MB} MB" for path, size, _ in LIMITS])
def test_bodies_are_limited_as_promised(bare, mock, path, size, refused):
    """Only the length is announced; a gateway that would take the body asks for it."""
    front = bare({"LMSTUDIO_URL": mock.url, "KOKORO_URL": mock.url, "STT_URL": mock.url})
    with Connection(front.url) as client:
        client.send(request_bytes("POST", path, {**bearer(front.client_key), "Content-Length": str(size), "Expect": "100-continue",
                                                 "Content-Type": "multipart/form-data; boundary=b"}))
        assert client.head().status == (413 if refused else 100)


@pytest.mark.parametrize("size,attempts", [(1_000, 2), (3_000_000, 1)])
def test_a_body_too_large_to_keep_is_not_sent_twice(gateway, new_mock, size, attempts):
    both = [new_mock(models=["mock"]) for _ in range(2)]
    for mock in both:
        mock.on("/", lambda exchange: exchange.reset())
    front = gateway({"one": both[0].service(), "two": both[1].service()}, {"retry_body_limit": "1MB"})
    reply = ask(front.url, "POST", "/v1/chat/completions", bearer(front.client_key), b'{"model":"mock","x":"' + b"y" * size + b'"}')
    assert reply.status in (502, 503)
    assert sum(len(mock.at("/v1/chat")) for mock in both) == attempts


def test_the_address_of_the_machine_opens_the_gateway_to_its_network(gateway, mock):
    port = processes.free_port()
    front = gateway({"mock": mock.service()}, listen="", environment={"LAN_IP": "192.0.2.1", "GATEWAY_PORT": str(port)})
    assert front.address == f"0.0.0.0:{port}"


def test_without_an_address_only_this_machine_is_served(gateway, mock):
    port = processes.free_port()
    front = gateway({"mock": mock.service()}, listen="", environment={"GATEWAY_PORT": str(port)})
    assert front.address == f"127.0.0.1:{port}"
