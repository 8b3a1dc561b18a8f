"""TLS with a certificate made on the spot; a renewed one is taken on SIGHUP without a failed request."""
import signal
import socket
import ssl
import subprocess

import httpx
import openai
import pytest
from support import processes
from support.mock_upstream import MockUpstream


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt"), "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)


@pytest.fixture
def front(gateway, mock, tmp_path):
    make_certificate(tmp_path, "first")
    made = gateway({"mock": mock.service()}, flags=["--tls-cert", str(tmp_path / "tls.crt"), "--tls-key", str(tmp_path / "tls.key")])
    made.certificates = tmp_path
    return made


def trust(front):
    return ssl.create_default_context(cafile=str(front.certificates / "tls.crt"))


def common_name(front):
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
    host, port = front.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 20) as raw, plain.wrap_socket(raw) as secure:
        text = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject"], input=secure.getpeercert(True),
                              capture_output=True, check=True).stdout.decode()
    return text.split("=")[-1].strip()


def test_a_client_that_checks_the_certificate_is_served(front):
    assert front.url.startswith("https://")
    with httpx.Client(verify=trust(front), base_url=front.url, headers={"Authorization": f"Bearer {front.client_key}"}) as client:
        assert client.get("/mock/x").status_code == 200
        assert client.post("/mock/x", content=b"x" * 3_000_000).json()["length"] == 3_000_000
    with openai.OpenAI(base_url=front.url + "/v1", api_key=front.client_key,
                       http_client=openai.DefaultHttpxClient(verify=trust(front))) as client:
        assert [model.id for model in client.models.list()] == ["mock"]


def test_plain_http_on_a_tls_port_gets_no_answer_from_an_upstream(front, mock):
    with pytest.raises(httpx.HTTPError):
        httpx.get(front.url.replace("https", "http") + "/mock/x").raise_for_status()
    assert mock.quiet("/x")


def test_a_renewed_certificate_is_taken_on_sighup(front):
    assert common_name(front) == "first"
    with httpx.Client(verify=trust(front), base_url=front.url, headers={"Authorization": f"Bearer {front.client_key}"}) as kept:
        assert kept.get("/mock/x").status_code == 200
        make_certificate(front.certificates, "second")
        front.signal(signal.SIGHUP)
        processes.wait_until(lambda: common_name(front) == "second", "the new certificate")
        assert kept.get("/mock/x").status_code == 200


def test_a_broken_renewal_keeps_the_old_certificate(front):
    (front.certificates / "tls.crt").write_text("not a certificate")
    front.signal(signal.SIGHUP)
    processes.wait_until(lambda: "tls.crt" in front.stderr(), "the mistake to be logged")
    assert common_name(front) == "first"


def test_a_certificate_that_is_missing_is_said_and_nothing_starts(gateway, mock, tmp_path):
    front = gateway.prepare({"mock": mock.service()}, flags=["--tls-cert", str(tmp_path / "no.crt"), "--tls-key", str(tmp_path / "no.key")])
    front.start(wait=False)
    assert front.wait() == 2
    assert "no.crt" in front.stderr()
    front.process = None


def test_an_upstream_may_speak_tls(gateway, tmp_path):
    """A gateway behind a gateway: the service's URL is https; its certificate is checked unless verify_tls is false."""
    make_certificate(tmp_path, "inner")
    with MockUpstream(models=["mock"]) as mock:
        inner = gateway({"mock": mock.service()}, flags=["--tls-cert", str(tmp_path / "tls.crt"), "--tls-key", str(tmp_path / "tls.key")])
        row = {"url": inner.url, "kind": "openai", "key": inner.client_key, "models": ["mock"]}
        outer = gateway({"inner": {**row, "verify_tls": False}, "checked": row})
        ask = lambda path: httpx.get(outer.url + path, headers={"Authorization": f"Bearer {outer.client_key}"})
        assert ask("/inner/mock/x").status_code == 200
        refused = ask("/checked/mock/x")
        assert refused.status_code in (502, 503)
        assert "certificate" in refused.text
