"""What has no counterpart is refused with 400 in the client's words, by name, before the server hears of it."""
import pytest
import talk
from support.mock_upstream import MockUpstream
from talk import LEAST, PATHS, Front

USER = lambda *parts: [{"role": "user", "content": list(parts)}]
IMAGE_AT = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
CALLED = [{"role": "user", "content": "x"}, {"role": "assistant", "content": None, "tool_calls": [
    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "[1]"}}]}, {"role": "tool", "tool_call_id": "c1", "content": "y"}]
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}

# Server, API of the client, members of its request, and the word that the refusal must have.
REFUSED = [
    *((server, api, {"bogus_member": 1}, "bogus_member") for server, api in talk.PAIRS if (server, api) != ("chat", "completions")),
    *((server, api, {"bogus_member": 1}, "bogus_member") for server, api in (
        ("chat", "ollama_embed"), ("chat", "ollama_embeddings"), ("ollama_chat", "embeddings"))),
    ("chat", "messages", {"messages": USER(PDF)}, "document"),
    ("chat", "messages", {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "web_search"),
    ("chat", "messages", {"container": "c1"}, "container"),
    ("chat", "messages", {"mcp_servers": [{"type": "url", "url": "https://example.org", "name": "m"}]}, "mcp_servers"),
    ("chat", "messages", {"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": [
        {"type": "redacted_thinking", "data": "AAAA"}]}, {"role": "user", "content": "y"}]}, "redacted_thinking"),
    ("chat", "responses", {"previous_response_id": "resp_1"}, "previous_response_id"),
    ("chat", "responses", {"conversation": "conv_1"}, "conversation"),
    ("chat", "responses", {"background": True}, "background"),
    ("chat", "responses", {"prompt": {"id": "pmpt_1"}}, "prompt"),
    ("chat", "responses", {"tools": [{"type": "web_search"}]}, "web_search"),
    ("chat", "responses", {"input": [{"type": "item_reference", "id": "msg_1"}]}, "item_reference"),
    ("chat", "responses", {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f1"}]}]}, "input_file"),
    ("chat", "completions", {"prompt": ["one", "two"]}, "prompt"),
    ("chat", "completions", {"prompt": [1, 2, 3]}, "prompt"),
    ("chat", "completions", {"suffix": "end"}, "suffix"),
    ("chat", "completions", {"echo": True}, "echo"),
    ("chat", "completions", {"best_of": 3}, "best_of"),
    ("chat", "ollama_chat", {"options": {"num_gpu": 1}}, "num_gpu"),
    ("chat", "ollama_chat", {"options": {"num_thread": 2}}, "num_thread"),
    ("chat", "ollama_chat", {"options": {"num_ctx": 9_000_000}}, "num_ctx"),
    ("chat", "ollama_chat", {"options": {"num_predict": -2}}, "num_predict"),
    ("chat", "ollama_chat", {"options": {"bogus_option": 1}}, "bogus_option"),
    ("chat", "ollama_chat", {"messages": [], "keep_alive": 0}, "keep_alive"),
    ("chat", "ollama_generate", {"raw": True}, "raw"),
    ("chat", "ollama_generate", {"template": "{{ .Prompt }}"}, "template"),
    ("chat", "ollama_generate", {"context": [1, 2]}, "context"),
    ("chat", "ollama_generate", {"suffix": "end"}, "suffix"),
    ("chat", "ollama_embed", {"options": {"num_gpu": 1}}, "num_gpu"),
    ("ollama_chat", "chat", {"n": 2}, "n"),
    ("ollama_chat", "chat", {"logit_bias": {"5": 1}}, "logit_bias"),
    ("ollama_chat", "chat", {"tools": [TOOL], "tool_choice": "required"}, "tool_choice"),
    ("ollama_chat", "chat", {"tools": [TOOL], "parallel_tool_calls": False}, "parallel_tool_calls"),
    ("ollama_chat", "chat", {"functions": [{"name": "f"}]}, "functions"),
    ("ollama_chat", "chat", {"modalities": ["audio"], "audio": {"voice": "a", "format": "wav"}}, "audio"),
    ("ollama_chat", "chat", {"messages": USER(IMAGE_AT)}, "data:"),
    ("ollama_chat", "chat", {"messages": CALLED}, "arguments"),
    ("ollama_chat", "responses", {"previous_response_id": "resp_1"}, "previous_response_id"),
    ("ollama_chat", "responses", {"tools": [{"type": "function", "name": "f", "parameters": {}}], "tool_choice": "required"}, "tool_choice"),
    ("ollama_chat", "messages", {"tools": [{"name": "f", "input_schema": {"type": "object"}}], "tool_choice": {"type": "any"}}, "tool_choice"),
    ("ollama_chat", "completions", {"logit_bias": {"5": 1}}, "logit_bias"),
    ("ollama_chat", "embeddings", {"input": [[1, 2]]}, "input"),
]
MALFORMED = {"no JSON": b'{"model":"mock",', "a list": b'[{"model":"mock"}]', "two documents": b'{"model":"mock"}{}',
             "far too deep": b'{"model":"mock","messages":' + b"[" * 5000 + b"]" * 5000 + b"}"}


@pytest.fixture(scope="module")
def fronts(module_gateway):
    made = {server: Front(module_gateway, MockUpstream(models=["mock"]), server) for server in ("chat", "ollama_chat")}
    yield made
    for front in made.values():
        front.mock.close()


def counted(front):
    return len([exchange for exchange in front.mock.requests + front.mock.partial if exchange.request.first_line.startswith("POST")])


@pytest.mark.parametrize("server, api, members, word", REFUSED,
                         ids=[f"{api} of {server}: {' '.join(m)}-{w}" for server, api, m, w in REFUSED])
def test_what_has_no_counterpart_is_refused_by_name(fronts, server, api, members, word):
    front = fronts[server]
    before = counted(front)
    document = {"model": "mock", **LEAST[api], **members}
    reply = talk.ask(front, api, document)
    assert reply.status == 400, reply.text
    told = talk.sentence(api, reply.json())
    assert word in told and "\n" not in told
    assert counted(front) == before, "the server was asked all the same"


def test_a_member_that_both_may_know_travels_on(fronts):
    """Servers of OpenAI's APIs have members of their own in all of them."""
    front = fronts["chat"]
    front.will(lambda exchange: exchange.reply(200, talk.whole("chat", "hello"), [("Content-Type", "application/json")]))
    reply = talk.ask(front, "completions", {"model": "mock", "prompt": "x", "cache_prompt": False})
    assert reply.json()["choices"][0]["text"] == "hello"
    assert front.mock.at(PATHS["chat"])[0].request.json()["cache_prompt"] is False


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("server, api", talk.PAIRS)
def test_what_is_no_request_is_refused(fronts, server, api, body):
    front = fronts[server]
    before = counted(front)
    reply = talk.ask(front, api, body)
    assert reply.status in (400, 404)  # 404 where no model could be read
    assert talk.sentence(api, reply.json())
    assert counted(front) == before
