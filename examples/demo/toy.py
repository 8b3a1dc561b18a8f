"""The toy model: it counts the words it was given and repeats them, and says that this is all it can do.

Deterministic on purpose. A token is a word with the space after it; an embedding is a hashed bag of words, so
that texts which share words are near one another.
"""
import hashlib
import math
import re
import time
from dataclasses import dataclass

from http_server import Refusal

NAME = "aihub-toy"
CREATED = 1767225600
DIMENSIONS = 256
SECONDS_A_TOKEN = 0.01  # so that a stream is seen to be one
LABEL = "This is the aihub demo model, not a language model"


@dataclass
class Answer:
    tokens: list
    prompt_tokens: int
    finish: str  # "stop" or "length"

    @property
    def text(self):
        return "".join(self.tokens)

    def slowly(self):
        for token in self.tokens:
            yield token
            time.sleep(SECONDS_A_TOKEN)


def tokens_of(text):
    return re.findall(r"\s*\S+", text)


def require_model(document):
    name = document.get("model")
    if not isinstance(name, str) or not name:
        raise Refusal(400, "model is missing")
    if name.removesuffix(":latest") != NAME:
        raise Refusal(404, f"model '{name}' not found; the demo has only '{NAME}'")
    return name


def text_of(content):
    """The text of a message: a string, or a list of parts of which some are text and others images or audio."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part if isinstance(part, str) else part.get("text") if isinstance(part, dict) else None for part in content)
    return " ".join(part for part in parts if isinstance(part, str))


def conversation(messages):
    """All texts, and the last one of the user."""
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise Refusal(400, "messages must be a list of objects")
    texts = [text_of(message.get("content")) for message in messages]
    asked = [text for message, text in zip(messages, texts) if message.get("role", "user") == "user"]
    return texts, asked[-1] if asked else ""


def sentence(prompt):
    words = prompt.split()
    if not words:
        return f"{LABEL}: it repeats what it is given, and was given nothing."
    shown = " ".join(words[:40]) + (" …" if len(words) > 40 else "")
    plural = "word" if len(words) == 1 else "words"
    return f"{LABEL}: it only repeats. You wrote {len(words)} {plural}: “{shown}”"


def answer(prompt, texts=None, limit=None, stop=None):
    text = sentence(prompt)
    for end in [stop] if isinstance(stop, str) else stop or []:
        text = text.split(end)[0]
    tokens = tokens_of(text)
    cut = isinstance(limit, int) and 0 < limit < len(tokens)
    return Answer(tokens=tokens[:limit] if cut else tokens, finish="length" if cut else "stop",
                  prompt_tokens=sum(len(tokens_of(given)) for given in texts or [prompt]))


def embedding(text, dimensions=None):
    size = dimensions if isinstance(dimensions, int) and 0 < dimensions <= 4096 else DIMENSIONS
    vector = [0.0] * size
    for word in re.findall(r"\w+", text.lower()):
        digest = hashlib.sha256(word.encode()).digest()
        vector[int.from_bytes(digest[:4], "big") % size] += 1.0 if digest[4] & 1 else -1.0
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


def texts_to_embed(value):
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise Refusal(400, "input must be a text or a list of texts")
    return texts
