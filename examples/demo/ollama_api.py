"""Ollama's API over the toy model: generate and chat (streamed unless told otherwise), embeddings, and its lists."""
import hashlib
import time
from datetime import datetime, timezone

import toy
from http_server import Reply, Stream, json_reply, ndjson

DIGEST = hashlib.sha256(toy.NAME.encode()).hexdigest()
DETAILS = {"parent_model": "", "format": "gguf", "family": "toy", "families": ["toy"], "parameter_size": "0",
           "quantization_level": "none"}


def now():
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def entry():
    return {"name": toy.NAME, "model": toy.NAME, "size": 0, "digest": DIGEST, "details": DETAILS}


def tags(_):
    return json_reply({"models": [{**entry(), "modified_at": "2026-01-01T00:00:00Z"}]})


def running(_):
    return json_reply({"models": [{**entry(), "expires_at": "2099-01-01T00:00:00Z", "size_vram": 0}]})


def show(request):
    asked = request.json()
    toy.require_model({"model": asked.get("model") or asked.get("name")})
    return json_reply({"modelfile": f"# {toy.LABEL}", "parameters": "", "template": "{{ .Prompt }}", "details": DETAILS,
                       "model_info": {"general.architecture": "toy"}, "capabilities": ["completion", "embedding"],
                       "modified_at": "2026-01-01T00:00:00Z"})


def final(head, answer, started, **fields):
    spent = time.monotonic_ns() - started
    return {**head, **fields, "done": True, "done_reason": answer.finish, "total_duration": spent, "load_duration": 0,
            "prompt_eval_count": answer.prompt_tokens, "prompt_eval_duration": 0, "eval_count": len(answer.tokens),
            "eval_duration": spent}


def reply(asked, answer, of_text, **last):
    """One document, or a line a token and a last line with the counts."""
    started = time.monotonic_ns()
    head = {"model": asked["model"], "created_at": now()}
    if asked.get("stream") is False:
        return json_reply(final(head, answer, started, **of_text(answer.text), **last))

    def lines():
        for token in answer.slowly():
            yield {"model": asked["model"], "created_at": now(), **of_text(token), "done": False}
        yield final({"model": asked["model"], "created_at": now()}, answer, started, **of_text(""), **last)

    return Stream(ndjson(lines()), "application/x-ndjson")


def options_of(asked):
    options = asked.get("options") or {}
    return options.get("num_predict"), options.get("stop")


def chat(request):
    asked = request.json()
    toy.require_model(asked)
    texts, prompt = toy.conversation(asked.get("messages") or [])
    return reply(asked, toy.answer(prompt, texts, *options_of(asked)),
                 lambda text: {"message": {"role": "assistant", "content": text}})


def generate(request):
    asked = request.json()
    toy.require_model(asked)
    prompt = toy.text_of(asked.get("prompt"))
    return reply(asked, toy.answer(prompt, None, *options_of(asked)), lambda text: {"response": text}, context=[])


def embed(request):
    asked = request.json()
    toy.require_model(asked)
    texts = toy.texts_to_embed(asked.get("input"))
    return json_reply({"model": asked["model"], "total_duration": 0, "load_duration": 0,
                       "embeddings": [toy.embedding(text, asked.get("dimensions")) for text in texts],
                       "prompt_eval_count": sum(len(toy.tokens_of(text)) for text in texts)})


def old_embeddings(request):
    asked = request.json()
    toy.require_model(asked)
    return json_reply({"embedding": toy.embedding(toy.text_of(asked.get("prompt")))})


ROUTES = {
    ("GET", "/"): lambda _: Reply(b"Ollama is running (the aihub demo in its place)", "text/plain; charset=utf-8"),
    ("GET", "/api/version"): lambda _: json_reply({"version": "0.0.0-aihub-demo"}),
    ("GET", "/api/tags"): tags,
    ("GET", "/api/ps"): running,
    ("POST", "/api/show"): show,
    ("POST", "/api/chat"): chat,
    ("POST", "/api/generate"): generate,
    ("POST", "/api/embed"): embed,
    ("POST", "/api/embeddings"): old_embeddings,
}
