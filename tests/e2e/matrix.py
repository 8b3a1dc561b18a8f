"""One wish in every API's words, by the official clients, and what comes back in nobody's words, so that it can be compared.

A Wish says what a client wants. A speaker (`SPEAKERS`) puts it into the words of its API with that API's own client and
returns an Outcome, or a Refusal when the server would not. Two outcomes are equal when a user could not tell them apart.
"""
import base64
import dataclasses
import json

import anthropic
import ollama
import openai

from support.places import PIXEL

ENOUGH = 1000  # tokens; Anthropic's API wants a number, and no answer of the test model is as long


@dataclasses.dataclass(frozen=True)
class Call:
    """What the model wants called; `id` is made up anew every time and counts only in what is sent."""
    name: str
    arguments: str  # JSON with sorted keys
    id: str = dataclasses.field(default="", compare=False)


def call(name, arguments, id=""):
    given = json.loads(arguments) if isinstance(arguments, str) else dict(arguments)
    return Call(name, json.dumps(given, sort_keys=True), id)


@dataclasses.dataclass
class Outcome:
    text: str = ""
    reasoning: str = ""
    calls: tuple = ()
    finish: str = "stop"      # stop, length or tools
    tokens_in: int = None     # cached ones included
    tokens_out: int = None
    vectors: tuple = ()
    pieces: int = dataclasses.field(default=0, compare=False)  # of text, in a stream
    model: str = dataclasses.field(default="", compare=False)  # as the reply names it


@dataclasses.dataclass
class Refusal:
    status: int
    sentence: str
    proper: bool = dataclasses.field(default=True, compare=False)  # in the shape of the client's API


def innermost(message):
    """Ollama repeats the words of the server inside it as JSON in a string; the sentence is the same."""
    try:
        nested = json.loads(message)
        return innermost(nested["error"]["message"] if isinstance(nested["error"], dict) else nested["error"])
    except (ValueError, TypeError, KeyError):
        return message


@dataclasses.dataclass(frozen=True)
class Turn:
    role: str  # system, user, assistant or tool
    text: str = ""
    images: tuple = ()   # base64
    calls: tuple = ()    # of an assistant
    answers: Call = None  # the call whose result a tool's turn brings


def user(text, *images):
    return Turn("user", text, images)


def system(text):
    return Turn("system", text)


@dataclasses.dataclass(frozen=True)
class Wish:
    """`needs` names what an API must have words for; one that has none for it has no such cell."""
    turns: tuple = ()
    model: str = "chat"    # which of a column's models
    able: str = ""         # the one that is to answer, when that cannot
    tools: tuple = ()      # as OpenAI's chat completions have them
    schema: dict = None
    json: bool = False
    stop: tuple = ()
    max_tokens: int = None
    options: dict = dataclasses.field(default_factory=dict)  # temperature, top_p, top_k, min_p, seed
    think: object = None
    keep_alive: object = None
    texts: tuple = ()      # of embeddings
    dimensions: int = None
    base64: bool = False   # how vectors travel, where the API has a word for it
    foreign: dict = dataclasses.field(default_factory=dict)  # members of the body as they are

    @property
    def needs(self):
        named = {"tools": self.tools, "schema": self.schema, "json": self.json, "stop": self.stop,
                 "think": self.model == "seer",  # which thinks unless it is told not to
                 "keep_alive": self.keep_alive, "images": any(turn.images for turn in self.turns),
                 "system": any(turn.role == "system" for turn in self.turns),
                 "history": any(turn.role in ("assistant", "tool") for turn in self.turns), "several": len(self.texts) > 1,
                 "texts": self.texts, "dimensions": self.dimensions, "base64": self.base64}
        return {name for name, value in named.items() if value} | set(self.options) | ({"turns"} if self.turns else set())


class Speaker:
    """`words`: what its API has a word for. Clients are kept: to make one costs more than a question."""
    words = frozenset()

    def __init__(self):
        self.clients = {}

    def ask(self, address, key, model, wish, stream=False):
        if (address, key) not in self.clients:
            self.clients[address, key] = self.client(address, key)
        try:
            return self.put(self.clients[address, key], model, wish, stream)
        except (openai.APIStatusError, anthropic.APIStatusError) as error:
            return self.refusal(error.status_code, error.body)
        except ollama.ResponseError as error:
            return Refusal(error.status_code, innermost(error.error))

    def close(self):
        for client in self.clients.values():
            if hasattr(client, "close"):
                client.close()

    def can_say(self, wish):
        return wish.needs <= self.words


def given(**members):
    """Without what is not there, so that no client sends a null."""
    return {name: value for name, value in members.items() if value not in (None, (), [], {})}


class OpenAi(Speaker):
    def client(self, address, key):
        return openai.OpenAI(base_url=address + "/v1", api_key=key, max_retries=0, timeout=60)

    def refusal(self, status, body):
        """The client gives the inside of `error` when it is there."""
        inside = body if isinstance(body, dict) else {}
        return Refusal(status, innermost(inside.get("message", body)), {"message", "type"} <= set(inside))


def image_url(image):
    return f"data:image/png;base64,{image}"


def thought(message):
    """llama.cpp and most others call it `reasoning_content`, Ollama `reasoning`."""
    return getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or ""


class Chat(OpenAi):
    words = frozenset("turns system history images tools schema json stop temperature top_p top_k min_p seed think".split())
    path = "/v1/chat/completions"

    def put(self, client, model, wish, stream):
        body = given(model=model, messages=[self.message(turn) for turn in wish.turns], tools=list(wish.tools),
                     response_format=self.format(wish), stop=list(wish.stop), max_tokens=wish.max_tokens,
                     reasoning_effort={True: "medium", False: "none"}.get(wish.think), extra_body=self.extra(wish),
                     **{n: v for n, v in wish.options.items() if n in ("temperature", "top_p", "seed")})
        if stream:
            return self.streamed(client.chat.completions.create(**body, stream=True, stream_options={"include_usage": True}))
        answer = client.chat.completions.create(**body)
        choice = answer.choices[0]
        return Outcome(choice.message.content or "", thought(choice.message),
                       tuple(call(c.function.name, c.function.arguments, c.id) for c in choice.message.tool_calls or ()),
                       self.finish(choice.finish_reason), answer.usage.prompt_tokens, answer.usage.completion_tokens,
                       model=answer.model)

    def extra(self, wish):
        return {**{n: v for n, v in wish.options.items() if n in ("top_k", "min_p")}, **wish.foreign}

    def format(self, wish):
        if wish.schema:
            return {"type": "json_schema", "json_schema": {"name": "wanted", "schema": wish.schema, "strict": True}}
        return {"type": "json_object"} if wish.json else None

    def message(self, turn):
        content = turn.text
        if turn.images:
            content = [{"type": "text", "text": turn.text},
                       *({"type": "image_url", "image_url": {"url": image_url(image)}} for image in turn.images)]
        calls = [{"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}} for c in turn.calls]
        return {"role": turn.role, "content": content, **given(tool_calls=calls, tool_call_id=turn.answers and turn.answers.id)}

    @staticmethod
    def finish(reason):
        return {"stop": "stop", "length": "length", "tool_calls": "tools"}[reason]

    def streamed(self, chunks):
        outcome, calls, reason = Outcome(), {}, None
        for chunk in chunks:
            outcome.model = chunk.model
            if chunk.usage:
                outcome.tokens_in, outcome.tokens_out = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
            for choice in chunk.choices:
                reason = choice.finish_reason or reason
                outcome.text += choice.delta.content or ""
                outcome.pieces += bool(choice.delta.content)
                outcome.reasoning += thought(choice.delta)
                for part in choice.delta.tool_calls or ():
                    known = calls.setdefault(part.index, {"id": part.id, "name": "", "arguments": ""})
                    known["name"] += part.function.name or ""
                    known["arguments"] += part.function.arguments or ""
        outcome.finish = self.finish(reason)
        outcome.calls = tuple(call(c["name"], c["arguments"], c["id"]) for _, c in sorted(calls.items()))
        return outcome


class Completions(OpenAi):
    """Where the text is not put into a chat's form the model talks for ever: so it is cut, and picks the likeliest."""
    words = frozenset("turns stop temperature top_p top_k min_p seed".split())
    path = "/v1/completions"

    def put(self, client, model, wish, stream):
        body = given(model=model, prompt=wish.turns[0].text, stop=list(wish.stop), max_tokens=wish.max_tokens or 60,
                     extra_body={**{n: v for n, v in wish.options.items() if n in ("top_k", "min_p")}, **wish.foreign},
                     temperature=0, **{n: v for n, v in wish.options.items() if n in ("top_p", "seed")})
        if stream:
            return self.streamed(client.completions.create(**body, stream=True, stream_options={"include_usage": True}))
        answer = client.completions.create(**body)
        return Outcome(answer.choices[0].text, finish=answer.choices[0].finish_reason, tokens_in=answer.usage.prompt_tokens,
                       tokens_out=answer.usage.completion_tokens, model=answer.model)

    def streamed(self, chunks):
        outcome, reason = Outcome(), None
        for chunk in chunks:
            outcome.model = chunk.model
            if chunk.usage:
                outcome.tokens_in, outcome.tokens_out = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
            for choice in chunk.choices:
                outcome.text += choice.text
                outcome.pieces += bool(choice.text)
                reason = choice.finish_reason or reason
        outcome.finish = reason
        return outcome


class Responses(OpenAi):
    words = frozenset("turns system history images tools schema json temperature top_p think".split())
    path = "/v1/responses"

    def put(self, client, model, wish, stream):
        body = given(model=model, input=[item for turn in wish.turns for item in self.items(turn)],
                     tools=[self.tool(tool) for tool in wish.tools], text=self.format(wish), max_output_tokens=wish.max_tokens,
                     reasoning={"effort": "medium" if wish.think else "none"} if wish.think is not None else None,
                     extra_body=wish.foreign, **wish.options)
        if not stream:
            return self.outcome(client.responses.create(**body))
        return self.streamed(client.responses.create(**body, stream=True))

    def tool(self, tool):
        return {"type": "function", **tool["function"], "strict": False}

    def format(self, wish):
        if wish.schema:
            return {"format": {"type": "json_schema", "name": "wanted", "schema": wish.schema, "strict": True}}
        return {"format": {"type": "json_object"}} if wish.json else None

    def items(self, turn):
        if turn.role == "tool":
            return [{"type": "function_call_output", "call_id": turn.answers.id, "output": turn.text}]
        calls = [{"type": "function_call", "call_id": c.id, "name": c.name, "arguments": c.arguments} for c in turn.calls]
        if turn.role == "assistant":
            said = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": turn.text}]}]
            return (said if turn.text else []) + calls
        parts = [{"type": "input_text", "text": turn.text},
                 *({"type": "input_image", "detail": "auto", "image_url": image_url(image)} for image in turn.images)]
        return [{"role": turn.role, "content": parts}]

    def outcome(self, answer):
        calls = tuple(call(i.name, i.arguments, i.call_id) for i in answer.output if i.type == "function_call")
        thoughts = [part.text for i in answer.output if i.type == "reasoning" for part in [*(i.content or ()), *i.summary]]
        finish = {"completed": "tools" if calls else "stop", "incomplete": "length"}[answer.status]
        return Outcome(answer.output_text, "".join(thoughts), calls, finish, answer.usage.input_tokens,
                       answer.usage.output_tokens, model=answer.model)

    def streamed(self, events):
        """The deltas must add up to the document at the end."""
        text, reasoning, pieces, final, arguments = "", "", 0, None, {}
        for event in events:
            if event.type == "response.output_text.delta":
                text, pieces = text + event.delta, pieces + 1
            elif event.type in ("response.reasoning_text.delta", "response.reasoning_summary_text.delta"):
                reasoning += event.delta
            elif event.type == "response.function_call_arguments.delta":
                arguments[event.item_id] = arguments.get(event.item_id, "") + event.delta
            elif event.type in ("response.completed", "response.incomplete"):
                final = event.response
        assert final, "the stream ended without its last event"
        outcome = self.outcome(final)
        assert (text, reasoning) == (outcome.text, outcome.reasoning)
        assert sorted(call("", a).arguments for a in arguments.values()) == sorted(c.arguments for c in outcome.calls)
        outcome.pieces = pieces
        return outcome


class Messages(Speaker):
    words = frozenset("turns system history images tools schema stop temperature top_p top_k think".split())
    path = "/v1/messages"

    def client(self, address, key):
        return anthropic.Anthropic(base_url=address, api_key=key, max_retries=0, timeout=60)

    def refusal(self, status, body):
        inside = body["error"] if isinstance(body, dict) and isinstance(body.get("error"), dict) else {}
        proper = bool(inside) and body.get("type") == "error" and bool(inside.get("type"))
        return Refusal(status, innermost(inside.get("message", body)), proper)

    def put(self, client, model, wish, stream):
        format = wish.schema and {"format": {"type": "json_schema", "schema": wish.schema}}
        thinking = {True: {"type": "enabled", "budget_tokens": 1024}, False: {"type": "disabled"}}.get(wish.think)
        body = given(model=model, max_tokens=wish.max_tokens or (ENOUGH if not wish.think else 2048),
                     messages=self.messages(wish.turns), output_config=format, thinking=thinking,
                     system="\n".join(turn.text for turn in wish.turns if turn.role == "system") or None,
                     tools=[self.tool(tool["function"]) for tool in wish.tools], stop_sequences=list(wish.stop),
                     extra_body={**wish.options, **wish.foreign})
        if not stream:
            return self.outcome(client.messages.create(**body))
        pieces = 0
        with client.messages.stream(**body) as events:
            for event in events:
                pieces += event.type == "text"
            outcome = self.outcome(events.get_final_message())
        outcome.pieces = pieces
        return outcome

    def tool(self, function):
        return {"name": function["name"], "description": function["description"], "input_schema": function["parameters"]}

    def messages(self, turns):
        """The results of calls made together come together: Anthropic's roles take turns."""
        made = []
        for turn in turns:
            if turn.role == "system":
                continue
            role = "assistant" if turn.role == "assistant" else "user"
            blocks = self.blocks(turn)
            if made and made[-1]["role"] == role:
                made[-1]["content"] += blocks
            else:
                made.append({"role": role, "content": blocks})
        return made

    def blocks(self, turn):
        if turn.role == "tool":
            return [{"type": "tool_result", "tool_use_id": turn.answers.id, "content": turn.text}]
        text = [{"type": "text", "text": turn.text}] if turn.text else []
        images = [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": i}} for i in turn.images]
        return text + images + [{"type": "tool_use", "id": c.id, "name": c.name, "input": json.loads(c.arguments)}
                                for c in turn.calls]

    def outcome(self, answer):
        of = lambda kind: [block for block in answer.content if block.type == kind]
        finish = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tools"}[answer.stop_reason]
        used = answer.usage
        return Outcome("".join(b.text for b in of("text")), "".join(b.thinking for b in of("thinking")),
                       tuple(call(b.name, b.input, b.id) for b in of("tool_use")), finish,
                       used.input_tokens + (used.cache_read_input_tokens or 0), used.output_tokens, model=answer.model)


class Ollama(Speaker):
    def client(self, address, key):
        return ollama.Client(host=address, headers={"Authorization": f"Bearer {key}"}, timeout=60)

    def options(self, wish):
        return given(**wish.options, stop=list(wish.stop), num_predict=wish.max_tokens)

    def finished(self, last, outcome):
        assert last.done and last.total_duration >= 0
        outcome.finish = "tools" if outcome.calls else last.done_reason
        outcome.tokens_in, outcome.tokens_out, outcome.model = last.prompt_eval_count, last.eval_count, last.model
        return outcome


class OllamaChat(Ollama):
    words = frozenset("turns system history images tools schema json stop temperature top_p top_k min_p seed think "
                      "keep_alive".split())
    path = "/api/chat"

    def put(self, client, model, wish, stream):
        body = given(model=model, messages=[self.message(turn) for turn in wish.turns], tools=list(wish.tools),
                     format=wish.schema or ("json" if wish.json else None), options={**self.options(wish), **wish.foreign},
                     think=wish.think, keep_alive=wish.keep_alive)
        answers = list(client.chat(**body, stream=True)) if stream else [client.chat(**body, stream=False)]
        outcome = Outcome("".join(a.message.content or "" for a in answers), "".join(a.message.thinking or "" for a in answers),
                          tuple(call(c.function.name, c.function.arguments) for a in answers for c in a.message.tool_calls or ()))
        outcome.pieces = sum(bool(a.message.content) for a in answers)
        return self.finished(answers[-1], outcome)

    def message(self, turn):
        calls = [{"function": {"name": c.name, "arguments": json.loads(c.arguments)}} for c in turn.calls]
        return {"role": turn.role, "content": turn.text,
                **given(images=[base64.b64decode(i) for i in turn.images], tool_calls=calls,
                        tool_name=turn.answers and turn.answers.name)}


class OllamaGenerate(Ollama):
    words = frozenset("turns system images schema json stop temperature top_p top_k min_p seed think keep_alive".split())
    path = "/api/generate"

    def put(self, client, model, wish, stream):
        first = wish.turns[-1]
        body = given(model=model, prompt=first.text, images=[base64.b64decode(image) for image in first.images],
                     system="\n".join(turn.text for turn in wish.turns if turn.role == "system") or None, think=wish.think,
                     format=wish.schema or ("json" if wish.json else None), options={**self.options(wish), **wish.foreign},
                     keep_alive=wish.keep_alive)
        answers = list(client.generate(**body, stream=True)) if stream else [client.generate(**body, stream=False)]
        outcome = Outcome("".join(a.response or "" for a in answers), "".join(a.thinking or "" for a in answers))
        outcome.pieces = sum(bool(a.response) for a in answers)
        return self.finished(answers[-1], outcome)


def vector(numbers):
    """As single precision has them: all APIs carry floats of 32 bits."""
    return tuple(float(f"{number:.7g}") for number in numbers)


class Embeddings(OpenAi):
    words = frozenset("texts several dimensions base64".split())
    path = "/v1/embeddings"

    def put(self, client, model, wish, stream):
        """The client asks for base64 by itself unless it is told not to, and gives numbers either way."""
        told = {} if wish.base64 else {"encoding_format": "float"}
        answer = client.embeddings.create(model=model, input=list(wish.texts) if len(wish.texts) > 1 else wish.texts[0], **told,
                                          **given(dimensions=wish.dimensions, extra_body=wish.foreign))
        assert [item.index for item in answer.data] == list(range(len(answer.data)))
        return Outcome(vectors=tuple(vector(item.embedding) for item in answer.data), tokens_in=answer.usage.prompt_tokens,
                       model=answer.model)


class OllamaEmbed(Ollama):
    words = frozenset("texts several dimensions keep_alive".split())
    path = "/api/embed"

    def put(self, client, model, wish, stream):
        answer = client.embed(model=model, input=list(wish.texts) if len(wish.texts) > 1 else wish.texts[0],
                              **given(dimensions=wish.dimensions, keep_alive=wish.keep_alive, options=wish.foreign))
        return Outcome(vectors=tuple(vector(numbers) for numbers in answer.embeddings), tokens_in=answer.prompt_eval_count,
                       model=answer.model)


class OllamaEmbeddings(Ollama):
    """The older one: no counts."""
    words = frozenset("texts keep_alive".split())
    path = "/api/embeddings"

    def put(self, client, model, wish, stream):
        answer = client.embeddings(model=model, prompt=wish.texts[0], **given(keep_alive=wish.keep_alive, options=wish.foreign))
        return Outcome(vectors=(vector(answer.embedding),))


SPEAKERS = {"chat": Chat, "responses": Responses, "completions": Completions, "messages": Messages, "ollama_chat": OllamaChat,
            "ollama_generate": OllamaGenerate, "embeddings": Embeddings, "ollama_embed": OllamaEmbed,
            "ollama_embeddings": OllamaEmbeddings}
EMBEDDING = ("embeddings", "ollama_embed", "ollama_embeddings")
PICTURE = PIXEL
WIDE = ("iVBORw0KGgoAAAANSUhEUgAAACgAAAACCAIAAAClqwlqAAAAEklEQVR42mNQcPg/IIhhoCwGAJZvbbF4sufhAAAAAElFTkSuQmCC")  # blue, 40 by 2
