"""A mix of requests of every API, each kind about equally often, in an order and with texts that a seed decides."""
import dataclasses
import json
import random

from support.raw import bearer, request_bytes

# Path, model as a client names it, and the ways in which it is asked: `whole`, `stream`, `asked` (a stream whose client wants
# the counts itself), `tools`, `tool stream`, `left` (a stream whose client leaves), `dropped` (by its first server), `resumed`
# (it could be), `refused` (by its server).
KINDS = [
    ("/v1/chat/completions", "metered", "whole, stream, asked, tools, tool stream, left, dropped, resumed, refused"),
    ("/v1/completions", "metered", "whole, stream, asked, left, dropped"),
    ("/v1/responses", "metered", "whole, stream, tools, left"),
    ("/v1/messages", "metered", "whole, stream, tools, tool stream, left"),
    ("/api/chat", "metered", "whole, stream, tools, tool stream, left"),
    ("/api/generate", "metered", "whole, stream, left"),
    ("/v1/completions", "narrow", "whole, stream, asked, left"),
    ("/v1/responses", "narrow", "whole, stream, tools, tool stream, left"),
    ("/v1/messages", "narrow", "whole, stream, tools, tool stream, left"),
    ("/v1/chat/completions", "chain", "whole, stream, asked, tools, tool stream, left"),
    ("/v1/completions", "chain", "whole, stream, asked, left"),
    ("/v1/responses", "chain", "whole, stream, left"),
    ("/v1/messages", "chain", "whole, stream, tools, left"),
    ("/api/chat", "chain", "whole, stream, tools, tool stream, left"),
    ("/api/generate", "chain", "whole, stream, left"),
    ("/v1/chat/completions", "pond/chain", "whole, stream, asked, tools, tool stream, left"),
    ("/v1/completions", "pond/chain", "whole, stream, left"),
    ("/v1/messages", "pond/chain", "whole, stream, tools, left"),
    ("/v1/embeddings", "vectors", "whole"),
    ("/api/embed", "vectors", "whole"),
    ("/v1/embeddings", "embed", "whole"),
    ("/api/embed", "embed", "whole"),
    ("/llama/v1/chat/completions", "metered", "whole, stream, asked, tools, left"),
    ("/llama/v1/completions", "metered", "whole, stream"),
    ("/llama/v1/messages", "metered", "whole, stream"),
    ("/llama/v1/responses", "metered", "whole, stream"),
    ("/llama/chat/completions", "metered", "whole, stream, asked"),
    ("/embedder/v1/embeddings", "vectors", "whole"),
    ("/ollama/api/chat", "chain", "whole, stream, tools, left"),
    ("/ollama/api/generate", "chain", "whole, stream"),
    ("/ollama/api/embed", "embed", "whole"),
    ("/ollama/v1/chat/completions", "chain", "whole, stream, asked"),
]
OLLAMA = {"/api/chat": "ollama chat", "/api/generate": "ollama generate", "/api/embed": "ollama embed"}
HEADERS = {"dropped": ("X-Drop", "1"), "resumed": ("X-Aihub-Resume", "on")}
TOOL = {"name": "weather", "description": "of a place",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}}


def api_of(path):
    """`chat completions`, `completions`, `responses`, `messages`, `embeddings`, or one of Ollama's."""
    for end, name in OLLAMA.items():
        if path.endswith(end):
            return name
    return "chat completions" if path.endswith("/chat/completions") else path.rsplit("/", 1)[1]


@dataclasses.dataclass
class Request:
    number: int
    path: str
    way: str
    body: dict
    hold: int = None  # after so many pieces of the answer its client leaves

    @property
    def id(self):
        return f"mixed-{self.number}"

    def __str__(self):
        return f"{self.id} ({self.path} of {self.body['model']}, {self.way})"

    def bytes(self, key, address):
        headers = [*bearer(key).items(), ("Content-Type", "application/json"), ("X-Request-Id", self.id)]
        if self.hold is not None:
            headers.append(("X-Hold", str(self.hold)))
        if self.way in HEADERS:
            headers.append(HEADERS[self.way])
        return request_bytes("POST", self.path, headers, json.dumps(self.body).encode(), host=address)


def words(dice):
    return " ".join("".join(dice.choices("abcdefghijklm", k=dice.randint(1, 9))) for _ in range(dice.randint(1, 40)))


def messages(dice):
    turns = [{"role": role, "content": words(dice)} for role in ("user", "assistant", "user")]
    return turns[dice.choice((0, 2)):]


def question(dice, api):
    if api in ("embeddings", "ollama embed"):
        return {"input": [words(dice) for _ in range(dice.randint(1, 4))]}
    if api == "responses":
        return {"input": words(dice)}
    return {"prompt": words(dice)} if api in ("completions", "ollama generate") else {"messages": messages(dice)}


def tools(api):
    if api == "messages":
        return [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}]
    return [{"type": "function", **TOOL} if api == "responses" else {"type": "function", "function": TOOL}]


def length(api, most):
    if api.startswith("ollama"):
        return {"options": {"num_predict": most}}
    return {"max_output_tokens" if api == "responses" else "max_tokens": most}


def document(dice, path, model, way):
    api = api_of(path)
    body = {"model": model, **question(dice, api)}
    if "embed" in api:
        return body
    most = 1000 if way == "left" else dice.randint(60, 120) if "tool" in way else dice.randint(1, 40)
    body |= {**length(api, most), "stream": way not in ("whole", "tools", "refused")}
    if "tool" in way:
        body["tools"] = tools(api)
    if way == "asked":
        body["stream_options"] = {"include_usage": True}
    if way == "refused":
        body["messages"] = "no list"
    return body


def mix(count, seed):
    dice = random.Random(seed)
    kinds = [(path, model, way) for path, model, ways in KINDS for way in ways.split(", ")]
    chosen = (kinds * (count // len(kinds) + 1))[:count]
    dice.shuffle(chosen)
    return [Request(number, path, way, document(dice, path, model, way), dice.randint(0, 9) if way == "left" else None)
            for number, (path, model, way) in enumerate(chosen)]
