"""Speech by flite and recognition by pocketsphinx, in the form of OpenAI's audio API."""
import email.parser
import email.policy
import pathlib
import shutil
import subprocess
import tempfile

from http_server import Refusal, Reply, Stream, json_reply

MODEL = pathlib.Path("/usr/share/pocketsphinx/model/en-us")
VOICES = ["rms", "slt", "awb", "kal16"]
PIECE = 4800  # bytes: a tenth of a second of PCM

TO_24_KHZ = ["-r", "24000", "-c", "1", "-b", "16"]
# Format -> content type and the command that turns a WAV file ({}) into it on stdout.
FORMATS = {
    "wav": ("audio/wav", ["sox", "-q", "{}", *TO_24_KHZ, "-t", "wav", "-"]),
    "pcm": ("audio/pcm", ["sox", "-q", "{}", *TO_24_KHZ, "-e", "signed", "-t", "raw", "-"]),
    "mp3": ("audio/mpeg", ["lame", "--quiet", "-b", "64", "{}", "-"]),
    "opus": ("audio/ogg", ["opusenc", "--quiet", "{}", "-"]),
    "flac": ("audio/flac", ["sox", "-q", "{}", "-t", "flac", "-"]),
}


def run(command):
    if not shutil.which(command[0]):
        raise Refusal(503, f"{command[0]} is not installed, so the demo cannot do this; install it and try again")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise Refusal(400, f"{command[0]} could not make sense of it")
    return done.stdout


def speak(request):
    asked = request.json()
    text, wanted = asked.get("input"), asked.get("response_format") or "mp3"
    if not isinstance(text, str) or not text.strip():
        raise Refusal(400, "input is empty")
    if wanted not in FORMATS:
        raise Refusal(400, f"response_format '{wanted}' is not known; known are {', '.join(FORMATS)}")
    content_type, encoder = FORMATS[wanted]
    voice = asked.get("voice") if asked.get("voice") in VOICES else VOICES[0]
    speed = asked.get("speed") if isinstance(asked.get("speed"), (int, float)) and asked["speed"] > 0 else 1
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav, tempfile.NamedTemporaryFile(suffix=".txt") as words:
        words.write(text.encode())
        words.flush()
        run(["flite", "-voice", voice, "--setf", f"duration_stretch={1 / speed:.3f}", "-f", words.name, "-o", wav.name])
        audio = run([part.replace("{}", wav.name) for part in encoder])
    if wanted != "pcm":
        return Reply(audio, content_type)
    return Stream((audio[at:at + PIECE] for at in range(0, len(audio), PIECE)), content_type)


def form_of(request):
    """The parts of a multipart form: the file as (name, bytes), the rest as text."""
    head = b"Content-Type: " + (request.headers.get("Content-Type") or "").encode() + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + request.body)
    fields, file = {}, None
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True) or b""
        if name == "file":
            file = (part.get_filename() or "audio.wav", content)
        elif name:
            fields[name] = content.decode(errors="replace")
    if file is None:
        raise Refusal(400, "the form has no file")
    return fields, file


def recognise(name, audio):
    """Text, words with times, and the length in seconds."""
    ending = pathlib.PurePath(name).suffix.lower() or ".wav"
    with tempfile.TemporaryDirectory() as folder:
        given, clean = pathlib.Path(folder, "in" + ending), pathlib.Path(folder, "clean.wav")
        given.write_bytes(audio)
        if ending == ".mp3":
            given, coded = pathlib.Path(folder, "decoded.wav"), given
            run(["lame", "--quiet", "--decode", str(coded), str(given)])
        # pocketsphinx wants 16 kHz mono, and silence around the words.
        run(["sox", "-q", str(given), "-r", "16000", "-c", "1", "-b", "16", str(clean), "pad", "0.3", "0.5"])
        seconds = max(0.0, (clean.stat().st_size - 44) / 32000 - 0.8)
        lines = run(["pocketsphinx_continuous", "-infile", str(clean), "-hmm", str(MODEL / "en-us"), "-lm",
                     str(MODEL / "en-us.lm.bin"), "-dict", str(MODEL / "cmudict-en-us.dict"), "-time", "yes", "-logfn",
                     "/dev/null"]).decode().splitlines()
    return *read_transcript(lines), seconds


def read_transcript(lines):
    """Sentences stand on lines of their own, words on lines `word start end probability`."""
    sentences, words = [], []
    for line in lines:
        fields = line.split()
        if len(fields) == 4 and all(field.replace(".", "", 1).isdigit() for field in fields[1:3]):
            if fields[0][0] not in "<[":
                start, end = (max(0.0, round(float(field) - 0.3, 3)) for field in fields[1:3])
                words.append({"word": fields[0].split("(")[0], "start": start, "end": end})
        elif fields:
            sentences.append(" ".join(fields))
    return " ".join(sentences), words


def transcribe(request):
    fields, (name, audio) = form_of(request)
    text, words, seconds = recognise(name, audio)
    wanted = fields.get("response_format", "json")
    if wanted == "text":
        return Reply((text + "\n").encode(), "text/plain; charset=utf-8")
    if wanted == "verbose_json":
        return json_reply({"task": "transcribe", "language": "en", "duration": seconds, "text": text, "words": words,
                           "segments": [{"id": 0, "start": 0.0, "end": seconds, "text": text}]})
    return json_reply({"text": text})


ROUTES = {
    ("GET", "/v1/audio/voices"): lambda _: json_reply({"voices": VOICES}),
    ("POST", "/v1/audio/speech"): speak,
    ("POST", "/v1/audio/transcriptions"): transcribe,
}
