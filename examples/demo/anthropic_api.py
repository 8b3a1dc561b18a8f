"""Anthropic's messages over the toy model."""
import toy
from http_server import Stream, json_reply
from openai_api import new_id, typed


def events(message, answer):
    counts = message["usage"]
    started = {**message, "content": [], "stop_reason": None, "usage": {**counts, "output_tokens": 1}}
    yield {"type": "message_start", "message": started}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for token in answer.slowly():
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": token}}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
           "usage": {"output_tokens": counts["output_tokens"]}}
    yield {"type": "message_stop"}


def messages(request):
    asked = request.json()
    name = toy.require_model(asked)
    texts, prompt = toy.conversation(asked.get("messages"))
    answer = toy.answer(prompt, texts + [toy.text_of(asked.get("system"))], asked.get("max_tokens"),
                        asked.get("stop_sequences"))
    message = {"id": new_id("msg"), "type": "message", "role": "assistant", "model": name,
               "content": [{"type": "text", "text": answer.text}],
               "stop_reason": "max_tokens" if answer.finish == "length" else "end_turn", "stop_sequence": None,
               "usage": {"input_tokens": answer.prompt_tokens, "output_tokens": len(answer.tokens)}}
    if asked.get("stream"):
        return Stream(typed(events(message, answer)), "text/event-stream", {"Cache-Control": "no-cache"})
    return json_reply(message)


ROUTES = {("POST", "/v1/messages"): messages}
