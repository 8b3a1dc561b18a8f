"""Any client, any server: what comes through the gateway equals what the server says in its own words.

Rows are the APIs that clients speak, columns the servers, layers the wishes below. Every cell puts one wish through the
gateway in the client's API and straight to the server in the server's, both by official clients, and compares text,
reasoning, tool calls, how it ended, counts of tokens, vectors, or the refusal.
"""
import pytest
from conftest import LONG_LIVED, Gateways
from matrix import EMBEDDING, PICTURE, SPEAKERS, WIDE, Refusal, Turn, Wish, call, system, user
from support import narrow
from support.places import CITY_SCHEMA, SENTENCE, WEATHER
from test_javascript import drive

TIME = {"type": "function", "function": {"name": "get_time", "description": "The time in a city", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}, "zone": {"type": "string"}}, "required": ["city"]}}}
HELLO = (user("Say hello"),)
BOSTON, PARIS = call("get_weather", {"city": "Boston"}, "call_1"), call("get_time", {"city": "Paris", "zone": "CET"}, "call_2")

GREEDY = {"temperature": 0}  # where a grammar leaves the model a choice

WISHES = {
    "plain": Wish(HELLO),
    "system": Wish((system("You are terse."), *HELLO)),
    "conversation": Wish((system("You are terse."), user("One?"), Turn("assistant", "Two."), user("Three?"))),
    "characters": Wish((user('Tab\t, newline\n, quote ", backslash \\, é, 漢字, \U0001f308, \u2028, \x7f, </s>'),)),
    "options": Wish(HELLO, options={"temperature": 0.25, "top_p": 0.5}),
    "more options": Wish(HELLO, options={"temperature": 0.25, "top_p": 0.5, "top_k": 5, "min_p": 0.25, "seed": 7}),
    "stop": Wish(HELLO, stop=("real",)),
    "several stops": Wish(HELLO, stop=("nowhere", "light")),
    "length": Wish(HELLO, max_tokens=5),
    "keep alive": Wish(HELLO, keep_alive="5m"),
    "tool": Wish(HELLO, tools=(WEATHER,), options=GREEDY),
    "two tools": Wish(HELLO, tools=(TIME, WEATHER), options=GREEDY),
    "tool result": Wish((*HELLO, Turn("assistant", calls=(BOSTON,)), Turn("tool", '{"sky": "blue"}', answers=BOSTON)), tools=(WEATHER,)),
    "two results": Wish((*HELLO, Turn("assistant", "Both:", calls=(BOSTON, PARIS)), Turn("tool", "sunny", answers=BOSTON),
                         Turn("tool", "noon", answers=PARIS)),
                        tools=(WEATHER, TIME)),
    "schema": Wish(HELLO, schema=CITY_SCHEMA, options=GREEDY),
    "json": Wish(HELLO, json=True, max_tokens=40, options=GREEDY),
    "picture for another": Wish((user("What is this?", PICTURE),), able="seer"),  # the named model has no eyes
    "too long": Wish((user("x " * 20000),)),
    "picture": Wish((user("What is this?", PICTURE),), model="seer"),
    "two pictures": Wish((user("Which?", PICTURE, WIDE),), model="seer"),
    "earlier picture": Wish((user("What is this?", WIDE), Turn("assistant", "A line."), user("Sure?")), model="seer"),
    "thinking": Wish(HELLO, think=True, model="seer"),
    "no thinking": Wish(HELLO, think=False, model="seer"),
    "cut thinking": Wish(HELLO, max_tokens=5, model="seer"),
    "embedding": Wish(texts=("abc",), model="embed"),
    "embeddings": Wish(texts=("abc", "xyz and more", "é \U0001f308"), model="embed"),
    "base64": Wish(texts=("abc", "xyz"), base64=True, model="embed"),
    "embedding kept": Wish(texts=("abc",), keep_alive="5m", model="embed"),
    "embedding too long": Wish(texts=("x " * 20000,), model="embed"),
}
# What each server speaks; clients that speak it too get its bytes untouched. Of `chat only` the gateway has to find out
# what it lacks, of `declared` the configuration says it.
SERVERS = {
    "llama.cpp": ("chat", "completions", "responses", "messages", "embeddings"),
    "chat only": ("chat", "completions", "embeddings"),
    "declared": ("chat", "embeddings"),
    "Ollama": tuple(SPEAKERS),
    "Ollama's API only": ("ollama_chat", "ollama_generate", "ollama_embed", "ollama_embeddings"),
}


def words_of(server, speaker):
    """The API in which the server is asked directly."""
    if speaker in SERVERS[server]:
        return speaker
    kin = ("embeddings", "ollama_embed") if speaker in EMBEDDING else ("chat", "ollama_chat")
    return next(api for api in kin if api in SERVERS[server])


def cells():
    for server in SERVERS:
        for speaker, words in SPEAKERS.items():
            for name, wish in WISHES.items():
                if server == "declared" and speaker not in ("completions", "responses", "embeddings"):
                    continue  # the other cells are those of `chat only`
                for stream in (False, True)[:1 if speaker in EMBEDDING else 2]:
                    if wish.needs <= words.words and bool(wish.texts) == (speaker in EMBEDDING):
                        yield pytest.param(server, speaker, name, stream,
                                           id=f"{server}-{speaker}-{name}{'-streamed' if stream else ''}")


@pytest.fixture(scope="session")
def speakers():
    made = {name: speaker() for name, speaker in SPEAKERS.items()}
    yield made
    for speaker in made.values():
        speaker.close()


@pytest.fixture(scope="session")
def session_gateway(tmp_path_factory):
    factory = Gateways(tmp_path_factory, [])
    LONG_LIVED.append(factory)
    yield factory
    factory.stop()


@pytest.fixture(scope="session")
def narrowed(servers, tmp_path_factory):
    """The real servers behind a real nginx that lets only a part of their paths through."""
    chat_only = lambda chat: [("= /v1/models", chat), ("= /v1/chat/completions", chat), ("= /v1/embeddings", servers.embed)]
    with_completions = lambda chat: [*chat_only(chat), ("= /v1/completions", chat)]
    rules = {"chat only": with_completions(servers.llama), "chat only seer": with_completions(servers.seer),
             "declared": chat_only(servers.llama), "declared seer": chat_only(servers.seer)}
    if servers.ollama:
        rules["Ollama's API only"] = [("/api/", servers.ollama)]
    with narrow.Proxy(tmp_path_factory.mktemp("narrow"), rules) as proxy:
        yield proxy


class Column:
    """A server with a gateway of its own before it, so that nobody else can answer."""

    def __init__(self, gateway, addresses, models):
        self.gateway, self.addresses, self.models = gateway, addresses, models


class Columns:
    """Made when first asked for."""

    def __init__(self, servers, narrowed, session_gateway):
        self.servers, self.narrowed, self.session_gateway, self.made = servers, narrowed, session_gateway, {}

    def __getitem__(self, name):
        if "Ollama" in name and not self.servers.ollama:
            pytest.skip(self.servers.left_out["ollama"])
        if name not in self.made:
            services, addresses, models = self.described(name)
            settings = {"models": {"llama-seer": {"type": "vision"}}}  # where the server cannot be asked
            self.made[name] = Column(self.session_gateway(services, settings), addresses, models)
        return self.made[name]

    def described(self, name):
        """Its rows of aihub.json, where it is asked directly, and its models."""
        llama = {"chat": "llama-chain", "seer": "llama-seer", "embed": "llama-embed"}
        if name == "llama.cpp":
            addresses = {"chat": self.servers.llama, "seer": self.servers.seer, "embed": self.servers.embed}
            return {kind: {"url": url, "kind": "openai"} for kind, url in addresses.items()}, addresses, llama
        if "Ollama" in name:
            url = self.servers.ollama if name == "Ollama" else self.narrowed.url(name)
            models = {"chat": "chain", "seer": "seer", "embed": "embed"}
            return {"ollama": {"url": url, "kind": "ollama"}}, dict.fromkeys(models, url), models
        seer = f"{name} seer"
        more = {"apis": ["chat", "embeddings"]} if name == "declared" else {}
        row = lambda proxy, models: {"url": self.narrowed.url(proxy), "kind": "openai", "models": models, **more}
        addresses = {"chat": self.narrowed.url(name), "seer": self.narrowed.url(seer), "embed": self.narrowed.url(name)}
        services = {"narrow": row(name, ["llama-chain", "llama-embed"]), "seer": row(seer, ["llama-seer"])}
        return services, addresses, llama


@pytest.fixture(scope="session")
def columns(servers, narrowed, session_gateway):
    return Columns(servers, narrowed, session_gateway)


@pytest.fixture(scope="session")
def told():
    """What the servers said directly: the same question need not be asked for every row."""
    return {}


def said_directly(column, server, speaker, speakers, name, stream, told):
    own, wish = words_of(server, speaker), WISHES[name]
    if not wish.needs <= SPEAKERS[own].words:
        wish = without(wish, wish.needs - SPEAKERS[own].words)
    key = (server, own, name, stream)
    able = wish.able or wish.model
    ask = lambda: speakers[own].ask(column.addresses[able], "none", column.models[able], wish, stream)
    if any(turn.images for turn in wish.turns):
        ask()  # Ollama counts an image that it has not seen lately otherwise than one that it has
        told[key] = ask()
    elif key not in told:
        told[key] = ask()
    return told[key]


def without(wish, needs):
    """What the server has no word for does not change what it says: only how long a model stays, and how vectors travel."""
    assert needs <= {"keep_alive", "base64"}, f"the server has no words for {needs}: the direct request cannot be made"
    return Wish(**{**wish.__dict__, "keep_alive": None, "base64": False})


@pytest.mark.parametrize("server, speaker, name, stream", cells())
def test_an_answer_through_the_gateway_equals_the_servers_own(columns, speakers, told, server, speaker, name, stream):
    column, wish = columns[server], WISHES[name]
    direct = said_directly(column, server, speaker, speakers, name, stream, told)
    got = speakers[speaker].ask(column.gateway.url, column.gateway.client_key, column.models[wish.model], wish, stream)
    if speaker == "ollama_embeddings" and not isinstance(got, Refusal):
        got.tokens_in = direct.tokens_in  # the older API has no counts
    assert got == direct
    if isinstance(got, Refusal):
        assert got.proper or words_of(server, speaker) == speaker
        return
    if words_of(server, speaker) != speaker and speaker != "ollama_embeddings" and not wish.able:
        assert got.model == column.models[wish.model]
    if stream and got.text == SENTENCE:
        assert got.pieces > 10, "a stream that comes as a whole is none"


JAVASCRIPT = [("chat only", "anthropic"), ("chat only", "ollama"), ("chat only", "openai"),
              ("Ollama's API only", "openai"), ("Ollama's API only", "anthropic")]


@pytest.mark.parametrize("server, client", JAVASCRIPT)
def test_javascript_clients_get_what_they_understand(columns, servers, server, client):
    """They put streams together by their own rules, stricter ones in places."""
    if "javascript" in servers.left_out:
        pytest.skip(servers.left_out["javascript"])
    column = columns[server]
    drive("sdk_matrix.mjs", BASE_URL=column.gateway.url, KEY=column.gateway.client_key, CLIENT=client,
          MODEL=column.models["chat"], EMBED_MODEL=column.models["embed"])
