"""What is transcribed costs by the length of its sound, on every path: as its server tells it, else as the file does."""
import json
import sqlite3
import struct
import subprocess
import wave

import pytest

from support import processes
from support.mock_upstream import sse
from support.raw import Connection, ask, bearer, request_bytes

PATH = "/v1/audio/transcriptions"
PRICE = 6  # a minute
MICRO_A_MS = PRICE * 1_000_000 // 60_000
PRICED = {"pricing": {"audio_per_minute": PRICE, "input_per_1k": 1, "output_per_1k": 2}}
FORM = "multipart/form-data; boundary=cut"
JSON = [("Content-Type", "application/json")]


def wav(seconds, rate=8000, claimed=None, riff=b"RIFF", bits=16):
    size = int(seconds * rate) * bits // 8
    head = riff + struct.pack("<I", 36) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * bits // 8, bits // 8, bits)
    return head + b"data" + struct.pack("<I", size if claimed is None else claimed) + b"\1\2" * (size // 2)


def form(sound, name="a.wav", **fields):
    parts = [f'--cut\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
    file = f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: audio/x\r\n\r\n'.encode()
    return b"".join(parts) + file + sound + b"\r\n--cut--\r\n"


def send(front, key, body, path=PATH, kind=FORM):
    return ask(front.address, "POST", path, {**bearer(key), "Content-Type": kind}, body, timeout=60)


def chunked(front, key, path, kind, *pieces):
    head = request_bytes("POST", path, {**bearer(key), "Content-Type": kind, "Transfer-Encoding": "chunked"}, host=front.address)
    with Connection(front.address) as client:
        client.send(head)
        for piece in pieces:
            client.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        return client.send(b"0\r\n\r\n").response("POST")


def last_row(front, count=1):
    """Of the access log, when so many have been metered."""
    def metered():
        rows = [row for row in front.access_log() if row["usage_id"]]
        return rows[-1] if len(rows) == count else None
    return processes.wait_until(metered, f"{count} lines that tell of use")


def stored(front, row):
    """What the database has of a line of the access log."""
    def look():
        with sqlite3.connect(f"file:{front.db}?mode=ro", uri=True, timeout=20) as db:
            return db.execute("SELECT audio_ms, characters, estimated, cost_micro, charged, tokens_in FROM usage WHERE id = ?",
                              (row["usage_id"],)).fetchone()
    return processes.wait_until(look, "the row of usage")


# ---- a real server

@pytest.fixture(scope="module")
def recording(servers, tmp_path_factory):
    """(a real WAV, its milliseconds)"""
    body = json.dumps({"input": "the weather is nice today", "voice": "rms", "response_format": "wav"}).encode()
    sound = ask(servers.speech, "POST", PATH.replace("transcriptions", "speech"), JSON, body, timeout=60).body
    file = tmp_path_factory.mktemp("sound") / "a.wav"
    file.write_bytes(sound)
    subprocess.run(["sox", "-q", file, file.with_name("whole.wav")], check=True)  # with a header that tells its length
    with wave.open(str(file.with_name("whole.wav"))) as heard:
        return sound, heard.getnframes() * 1000 / heard.getframerate()


@pytest.fixture
def real(gateway, servers):
    return gateway({"stt": {"url": servers.speech, "kind": "transcription"}}, PRICED)


def test_every_path_and_kind_of_reply_costs_the_length_of_the_sound(real, recording):
    sound, ms = recording
    key, cost = real.ready_key("bob", "--tier", "payg", "--balance", "1000"), 0
    cases = [(PATH, "whisper-1", "json"), ("/stt" + PATH, "whisper-1", "text"), (PATH, "stt/whisper-1", "verbose_json")]
    for count, (path, model, wanted) in enumerate(cases, 1):
        reply = send(real, key, form(sound, model=model, response_format=wanted), path)
        assert reply.status == 200 and "weather" in reply.text
        row = last_row(real, count)
        assert row["audio_ms"] == pytest.approx(ms, abs=1), (path, wanted)
        assert row["cost_micro"] == row["audio_ms"] * MICRO_A_MS and row["charged"] is True
        assert "estimated" not in row and row["model"].endswith("whisper-1")
        assert stored(real, row) == (row["audio_ms"], 0, 0, row["cost_micro"], 1, 0)
        cost += row["cost_micro"]
    today = ask(real.address, "GET", "/user/api/usage", bearer(key)).json()[0]
    assert (today["requests"], round(today["cost"] * 1e6)) == (3, cost)
    assert round(ask(real.address, "GET", "/user/api/me", bearer(key)).json()["balance"] * 1e6) == 1_000_000_000 - cost


def test_without_keys_sound_is_counted_and_nobody_pays(gateway, servers, recording):
    sound, ms = recording
    front = gateway({"stt": {"url": servers.speech, "kind": "transcription"}}, flags=["--auth", "off"])
    assert ask(front.address, "POST", PATH, {"Content-Type": FORM}, form(sound), timeout=60).status == 200
    row = last_row(front)
    assert row["audio_ms"] == pytest.approx(ms, abs=1) and row["cost_micro"] == 0 and "charged" not in row


ENCODERS = {
    "flac": ["flac", "--silent", "-c", "WAV"],
    "mp3": ["lame", "--quiet", "-b", "64", "WAV", "-"],
    "vbr.mp3": ["lame", "--quiet", "-V", "4", "WAV", "-"],
    "opus": ["opusenc", "--quiet", "WAV", "-"],
    "ogg": ["sox", "-q", "WAV", "-t", "ogg", "-"],
    "wav": ["sox", "-q", "WAV", "-t", "wav", "-"],  # to a pipe: its header does not tell its length
    "mulaw.wav": ["sox", "-q", "WAV", "-e", "mu-law", "-t", "wav", "-"],
}


@pytest.mark.parametrize("name", ENCODERS)
def test_files_of_real_encoders_are_as_long_as_they_sound(gateway, new_mock, recording, tmp_path, name):
    sound, ms = recording
    (tmp_path / "a.wav").write_bytes(sound)
    command = [str(tmp_path / "a.wav") if part == "WAV" else part for part in ENCODERS[name]]
    encoded = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    front, key = heard_by(gateway, new_mock, lambda exchange: exchange.reply(200, b'{"text":"x"}', JSON))
    assert send(front, key, form(encoded)).status == 200
    row = last_row(front)
    pause = 150 if "mp3" in name else 1  # which that codec adds around it
    assert row["audio_ms"] == pytest.approx(ms, abs=pause) and "estimated" not in row


# ---- what servers say

def heard_by(gateway, new_mock, script, early=False, settings=PRICED, **service):
    server = new_mock(kind="transcription")
    server.on("/", script, early)
    front = gateway({"stt": server.service(**service)}, settings)
    front.server = server
    return front, front.ready_key("bob", "--balance", "1000")


def says(reply):
    return lambda exchange: exchange.reply(200, json.dumps(reply).encode(), JSON)


@pytest.mark.parametrize("reply, ms", [
    ({"task": "transcribe", "duration": 8.47, "text": "x", "segments": [{"duration": 3}]}, 8470),
    ({"duration": "8.47", "text": "x"}, 8470),
    ({"text": "x", "usage": {"type": "duration", "seconds": 9}}, 9000),
    ({"text": "x" * 5000, "duration": 8.5, "words": ["y" * 5000], "usage": {"type": "duration", "seconds": 9}}, 8500),
    ({"text": '"duration":5', "duration": 0}, 2000),
    ({"text": "x", "duration": -4}, 2000),
    ({"text": "x", "duration": 1e300}, 2000),
])
@pytest.mark.parametrize("path", [PATH, "/v1/audio/translations", "/stt/v1/audio/translations/", "/stt/inference"])
def test_what_the_server_says_comes_first(gateway, new_mock, reply, ms, path):
    front, key = heard_by(gateway, new_mock, says(reply))
    assert send(front, key, form(wav(2), model="m"), path).status == 200
    row = last_row(front)
    assert (row["audio_ms"], row["cost_micro"], row["model"]) == (ms, ms * MICRO_A_MS, "m")


def test_a_server_that_counts_in_tokens_is_paid_in_tokens(gateway, new_mock):
    usage = {"type": "tokens", "input_tokens": 100, "input_token_details": {"audio_tokens": 100}, "output_tokens": 10}
    front, key = heard_by(gateway, new_mock, says({"text": "x", "usage": usage}))
    assert send(front, key, form(wav(60))).status == 200
    row = last_row(front)
    assert (row["tokens_in"], row["tokens_out"], row["cost_micro"]) == (100, 10, 120_000)
    assert "audio_ms" not in row and stored(front, row) == (0, 0, 0, 120_000, 1, 100)


@pytest.mark.parametrize("last, ms, cost", [
    ({"type": "transcript.text.done", "text": "ab", "usage": {"type": "duration", "seconds": 4}}, 4000, 4000 * MICRO_A_MS),
    ({"type": "transcript.text.done", "text": "ab"}, 2000, 2000 * MICRO_A_MS),
    ({"type": "transcript.text.done", "usage": {"type": "tokens", "input_tokens": 100, "output_tokens": 10}}, None, 120_000),
])
def test_the_last_event_of_a_stream_tells_it(gateway, new_mock, last, ms, cost):
    def script(exchange):
        exchange.start_chunks()
        for event in sse({"type": "transcript.text.delta", "delta": "a"}, {"type": "transcript.text.delta", "delta": "b"}, last):
            for half in (event[:20], event[20:]):
                exchange.chunk(half)
        exchange.end_chunks()
    front, key = heard_by(gateway, new_mock, script)
    assert send(front, key, form(wav(2), stream="true")).status == 200
    row = last_row(front)
    assert (row.get("audio_ms"), row["cost_micro"]) == (ms, cost)


def test_a_compressed_reply_is_not_looked_into(gateway, new_mock):
    front, key = heard_by(gateway, new_mock, lambda exchange: exchange.reply(
        200, b'{"duration":7}', [*JSON, ("Content-Encoding", "br")]))
    assert send(front, key, form(wav(2))).status == 200
    assert last_row(front)["audio_ms"] == 2000


# ---- what costs nothing

@pytest.mark.parametrize("status", [400, 413, 500, 503])
def test_what_was_refused_costs_nothing(gateway, new_mock, status):
    front, key = heard_by(gateway, new_mock, lambda exchange: exchange.reply(status, b'{"duration":9}', JSON))
    assert send(front, key, form(wav(2))).status == status
    row = front.wait_access(lambda row: row["request_uri"] == PATH)
    assert row["usage_id"] is None and row["cost_micro"] is None
    assert ask(front.address, "GET", "/user/api/usage", bearer(key)).json() == []


def test_a_client_that_leaves_before_the_answer_pays_nothing(gateway, new_mock):
    front, key = heard_by(gateway, new_mock, lambda exchange: exchange.wait_gone())
    with Connection(front.address) as client:
        client.send(request_bytes("POST", PATH, {**bearer(key), "Content-Type": FORM}, form(wav(2))))
        front.server.wait_for(PATH)
    row = front.wait_access(lambda row: row["request_uri"] == PATH)
    assert (row["status"], row["usage_id"]) == (499, None)


def test_a_client_that_leaves_in_the_middle_of_the_answer_pays_for_what_was_heard(gateway, new_mock):
    def script(exchange):
        exchange.start_chunks()
        exchange.chunk(sse({"type": "transcript.text.delta", "delta": "a"})[0])
        exchange.wait_gone()
    front, key = heard_by(gateway, new_mock, script)
    with Connection(front.address) as client:
        client.send(request_bytes("POST", PATH, {**bearer(key), "Content-Type": FORM}, form(wav(2))))
        client.until(b"delta")
    assert last_row(front)["audio_ms"] == 2000


# ---- files as clients send them

@pytest.mark.parametrize("path", [PATH, "/stt" + PATH])
def test_a_long_upload_of_unknown_length_is_counted_to_its_last_byte(gateway, new_mock, path):
    front, key = heard_by(gateway, new_mock, says({"text": "x"}))
    body = form(wav(1000, claimed=0xFFFFFFFF), model="m")  # 16 MB
    cuts = [*range(0, len(body), 1_234_567), len(body)]
    assert chunked(front, key, path, FORM, *(body[a:b] for a, b in zip(cuts, cuts[1:]))).status == 200
    assert front.server.at(PATH)[0].request.body == body
    row = last_row(front)
    assert (row["audio_ms"], row["model"]) == (1_000_000, "m") and "estimated" not in row


def test_models_have_prices_of_their_own_below_a_prefix_too(gateway, new_mock):
    settings = {**PRICED, "models": {"small": {"audio_per_minute": 0.6}}}
    front, key = heard_by(gateway, new_mock, says({"text": "x"}), settings=settings)
    for count, (path, body) in enumerate([(PATH, form(wav(2), model="small")), ("/stt" + PATH, form(wav(2), model="small")),
                                          ("/stt" + PATH, form(wav(20), model="small"))], 1):
        assert send(front, key, body, path).status == 200
        row = last_row(front, count)
        assert row["cost_micro"] == row["audio_ms"] * MICRO_A_MS // 10


HOSTILE = {
    "claims nothing": (wav(2, claimed=0), 2000, None),
    "claims more than there is": (wav(2, claimed=4_000_000_000), 2000, None),
    "claims two bytes": (wav(2, claimed=2), 2000, True),
    "impossible rate": (wav(2)[:24] + struct.pack("<I", 4_000_000_000) + wav(2)[28:], (32_000 + 44) // 8, True),
    "no channels": (wav(2)[:22] + b"\0\0" + wav(2)[24:], (32_000 + 44) // 8, True),
    "cut in its head": (wav(2)[:30], 3, True),
    "no sound at all": (b"x" * 8000, 1000, True),
    "nothing": (b"", None, True),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", [PATH, "/stt" + PATH])
def test_a_header_is_not_believed_against_the_bytes(gateway, new_mock, name, path):
    sound, ms, estimated = HOSTILE[name]
    front, key = heard_by(gateway, new_mock, says({"text": "x"}))
    assert send(front, key, form(sound), path).status == 200
    row = last_row(front)
    assert (row.get("audio_ms"), row.get("estimated")) == (ms, estimated)


def test_several_files_add_up(gateway, new_mock):
    front, key = heard_by(gateway, new_mock, says({"text": "x"}))
    body = form(wav(2)).removesuffix(b"--cut--\r\n") + form(wav(3))
    assert send(front, key, body).status == 200
    assert last_row(front)["audio_ms"] == 5000


@pytest.mark.parametrize("kind", ["audio/wav", "application/octet-stream", "multipart/form-data", "text/plain"])
@pytest.mark.parametrize("path", [PATH, "/stt/asr"])
def test_what_is_no_form_is_the_sound_itself(gateway, new_mock, kind, path):
    front, key = heard_by(gateway, new_mock, says({"text": "x"}))
    assert send(front, key, wav(2), path, kind).status == 200
    assert last_row(front)["audio_ms"] == 2000


# ---- speech

SPEECH = "/v1/audio/speech"


@pytest.mark.parametrize("prefix", ["", "/tts"])
def test_speech_that_is_asked_for_in_pieces_costs_its_characters(gateway, new_mock, prefix):
    server = new_mock(kind="speech")
    server.on("/v1", lambda exchange: exchange.reply(200, bytes(4000), [("Content-Type", "audio/wav")]))
    front = gateway({"tts": server.service()}, {"pricing": {"speech_per_1k_characters": 10}})
    key = front.ready_key("bob", "--balance", "1000")
    text = "Grüße, " * 2000
    body = json.dumps({"model": "tts-1", "voice": "a", "input": text}, ensure_ascii=False).encode()
    assert chunked(front, key, prefix + SPEECH, "application/json", body[:7], body[7:9000], body[9000:]).status == 200
    row = last_row(front)
    assert (row["characters"], row["cost_micro"]) == (len(text), len(text) * 10_000) and "estimated" not in row
    body = json.dumps({"model": "tts-1", "input": text * 10}).encode()  # more than is kept in memory
    assert chunked(front, key, prefix + SPEECH, "application/json", body).status == 200
    row = last_row(front, 2)
    assert row["characters"] == len(body) and row["estimated"] is True
