"""OpenAI's API over the toy model: models, chat, completions, embeddings, responses."""
import base64
import itertools
import struct
import time

import toy
from http_server import Refusal, Reply, Stream, json_reply, sse

serial = itertools.count(1)


def new_id(prefix):
    return f"{prefix}-demo{int(time.time())}{next(serial):06d}"


def usage(answer):
    given, made = answer.prompt_tokens, len(answer.tokens)
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}


def stream_reply(documents):
    return Stream(sse(documents), "text/event-stream", {"Cache-Control": "no-cache"})


def model_card(name=toy.NAME):
    return {"id": name, "object": "model", "created": toy.CREATED, "owned_by": "aihub-demo"}


def list_models(_):
    return json_reply({"object": "list", "data": [model_card()]})


def show_model(request):
    name = request.path.removeprefix("/v1/models/")
    toy.require_model({"model": name})
    return json_reply(model_card(name))


def wants_usage(asked):
    return bool((asked.get("stream_options") or {}).get("include_usage"))


def chunks(head, answer, first, of_token, last, asked):
    """A stream's documents; with usage asked for, every chunk has the field and one more chunk at the end fills it."""
    extra = {"usage": None} if wants_usage(asked) else {}
    if first is not None:
        yield {**head, "choices": [{"index": 0, **first, "finish_reason": None}], **extra}
    for token in answer.slowly():
        yield {**head, "choices": [{"index": 0, **of_token(token), "finish_reason": None}], **extra}
    yield {**head, "choices": [{"index": 0, **last, "finish_reason": answer.finish}], **extra}
    if extra:
        yield {**head, "choices": [], "usage": usage(answer)}


def chat(request):
    asked = request.json()
    name = toy.require_model(asked)
    texts, prompt = toy.conversation(asked.get("messages"))
    answer = toy.answer(prompt, texts, asked.get("max_completion_tokens") or asked.get("max_tokens"), asked.get("stop"))
    head = {"id": new_id("chatcmpl"), "created": int(time.time()), "model": name}
    if asked.get("stream"):
        return stream_reply(chunks({**head, "object": "chat.completion.chunk"}, answer,
                                   {"delta": {"role": "assistant", "content": ""}},
                                   lambda token: {"delta": {"content": token}}, {"delta": {}}, asked))
    choice = {"index": 0, "message": {"role": "assistant", "content": answer.text}, "finish_reason": answer.finish}
    return json_reply({**head, "object": "chat.completion", "choices": [choice], "usage": usage(answer)})


def completions(request):
    asked = request.json()
    name = toy.require_model(asked)
    prompt = toy.text_of(asked.get("prompt"))
    answer = toy.answer(prompt, None, asked.get("max_tokens"), asked.get("stop"))
    head = {"id": new_id("cmpl"), "object": "text_completion", "created": int(time.time()), "model": name}
    if asked.get("stream"):
        return stream_reply(chunks(head, answer, None, lambda token: {"text": token}, {"text": ""}, asked))
    choice = {"index": 0, "text": answer.text, "logprobs": None, "finish_reason": answer.finish}
    return json_reply({**head, "choices": [choice], "usage": usage(answer)})


def embeddings(request):
    asked = request.json()
    name = toy.require_model(asked)
    texts = toy.texts_to_embed(asked.get("input"))
    vectors = [toy.embedding(text, asked.get("dimensions")) for text in texts]
    if asked.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() for vector in vectors]
    count = sum(len(toy.tokens_of(text)) for text in texts)
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return json_reply({"object": "list", "data": rows, "model": name,
                       "usage": {"prompt_tokens": count, "total_tokens": count}})


def response_events(head, item, part, answer, finished):
    def event(kind, **fields):
        return {"type": kind, "sequence_number": next(number), **fields}

    number = itertools.count()
    where = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    yield event("response.created", response={**head, "status": "in_progress", "output": []})
    yield event("response.output_item.added", output_index=0, item={**item, "status": "in_progress", "content": []})
    yield event("response.content_part.added", **where, part={**part, "text": ""})
    for token in answer.slowly():
        yield event("response.output_text.delta", **where, delta=token)
    yield event("response.output_text.done", **where, text=answer.text)
    yield event("response.content_part.done", **where, part=part)
    yield event("response.output_item.done", output_index=0, item=item)
    yield event("response.completed", response=finished)


def typed(events):
    """Events with their type on a line of its own, as this endpoint and Anthropic's send them."""
    for event, text in ((event, b"".join(sse([event], done=False))) for event in events):
        yield b"event: " + event["type"].encode() + b"\n" + text


def responses(request):
    asked = request.json()
    name = toy.require_model(asked)
    given = asked.get("input")
    if not isinstance(given, (str, list)):
        raise Refusal(400, "input must be a text or a list of messages")
    texts, prompt = ([given], given) if isinstance(given, str) else toy.conversation(given)
    answer = toy.answer(prompt, texts, asked.get("max_output_tokens"))
    part = {"type": "output_text", "text": answer.text, "annotations": []}
    item = {"id": new_id("msg"), "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    head = {"id": new_id("resp"), "object": "response", "created_at": int(time.time()), "model": name, "error": None,
            "incomplete_details": None, "instructions": asked.get("instructions"), "metadata": {},
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "temperature": 1.0, "top_p": 1.0}
    made = len(answer.tokens)
    finished = {**head, "status": "completed", "output": [item],
                "usage": {"input_tokens": answer.prompt_tokens, "input_tokens_details": {"cached_tokens": 0},
                          "output_tokens": made, "output_tokens_details": {"reasoning_tokens": 0},
                          "total_tokens": answer.prompt_tokens + made}}
    if asked.get("stream"):
        return Stream(typed(response_events(head, item, part, answer, finished)), "text/event-stream",
                      {"Cache-Control": "no-cache"})
    return json_reply(finished)


ROUTES = {
    ("GET", "/health"): lambda _: Reply(b'{"status":"ok"}'),
    ("GET", "/v1/models"): list_models,
    ("GET", "/v1/models/*"): show_model,
    ("POST", "/v1/chat/completions"): chat,
    ("POST", "/v1/completions"): completions,
    ("POST", "/v1/embeddings"): embeddings,
    ("POST", "/v1/responses"): responses,
}
