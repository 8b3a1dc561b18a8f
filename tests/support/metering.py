"""The proof that each of many requests was metered as its server counted it.

The servers' own counts are read from the bytes that a witness heard between gateway and server, never from what the gateway
relayed, and their sums from llama.cpp's own counters. From those alone, and the prices, it is said anew what everything must
cost; tables, log, balances and the users' own view have to agree to the last micro-unit.
"""
import json
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from support import processes
from support.api import Api, admin_of
from support.house import ELSE, OPENING, PRICES, USERS, Clients, House
from support.mix import api_of, mix
from support.payers import rows
from support.witness import text_in

IN = ("prompt_tokens", "input_tokens", "prompt_eval_count")
OUT = ("completion_tokens", "output_tokens", "eval_count")
CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")  # which Anthropic leaves out of input_tokens


def events_of(reply):
    """The JSON of a reply, however it was framed."""
    lines = (line.removeprefix(b"data: ") for line in reply.body.split(b"\n"))
    return [json.loads(line) for line in lines if line.startswith(b"{")]


def places_of(event):
    """Where an API puts its counts."""
    for place in (event, event.get("response"), event.get("message")):
        if isinstance(place, dict):
            yield place.get("usage") or place


def told_by(heard):
    """(tokens in, tokens out) as a server told them at last; None for what it did not tell."""
    last = {}
    for event in events_of(heard.reply):
        for place in places_of(event):
            last.update({name: place[name] for name in IN + OUT + CACHED if isinstance(place.get(name), int)})
    tokens_in = next((last[name] for name in IN if name in last), None)
    tokens_out = next((last[name] for name in OUT if name in last), None)
    if "embed" in api_of(heard.path):
        tokens_out = 0
    return None if tokens_in is None else tokens_in + sum(last.get(name, 0) for name in CACHED), tokens_out


def told_aside(heard):
    """The same as llama.cpp tells it to whoever did not ask; None where it does not."""
    timings = next((event["timings"] for event in reversed(events_of(heard.reply)) if "timings" in event), None)
    return timings and (timings["prompt_n"] + timings["cache_n"], timings["predicted_n"])


def counted(heard):
    return told_by(heard) if None not in told_by(heard) else told_aside(heard)


def texts_of(heard):
    return sum(text_in(line) for line in heard.reply.body.split(b"\n"))


def is_below_prefix(request):
    return request.path.split("/")[1] not in ("v1", "api")


def stays_silent(request):
    """Below a prefix nobody asks for a client: of a stream of chunks nothing is known but what it brought."""
    return is_below_prefix(request) and request.way == "stream" and request.path.endswith("/chat/completions")


def cost_of(model, tokens_in, tokens_out):
    price_in, price_out = map(Decimal, PRICES.get(model, ELSE))
    return int((1000 * (tokens_in * price_in + tokens_out * price_out)).quantize(Decimal(1), ROUND_HALF_UP))


class Proof:
    """`problems` says what is wrong; nothing in a good gateway."""

    def __init__(self, house, requests):
        self.house, self.front, self.requests = house, house.gateway, requests
        self.problems = []
        self.paying = [request for request in requests if request.way != "refused" and request.hold != 0]
        processes.wait_until(lambda: len(self._usage()) >= len(self.paying), "all usage to be written", 20)
        processes.wait_until(lambda: all(house.heard(request).reply for request in requests), "the servers to finish")
        self.rows = {row["request_id"]: row for row in self._usage()}

    def _usage(self):
        return rows(self.front, "SELECT usage.*, keys.name AS key FROM usage JOIN keys ON keys.id = usage.key_id")

    def expect(self, what, got, wanted):
        if got != wanted:
            self.problems.append(f"{what}: {got}, not {wanted}")

    def run(self):
        self.expect("requests with a row", set(self.rows), {request.id for request in self.paying})
        self.expect("rows", len(self._usage()), len(self.rows))
        for request in self.paying:
            if request.id in self.rows:
                self.check_row(request, self.rows[request.id])
        self.check_log()
        self.check_llama()
        self.check_sums()
        return self.problems

    def check_row(self, request, row):
        user, key, _ = self.house.caller(request)
        self.expect(f"{request}: whose", (row["user"], row["key"], row["model"], row["charged"]),
                    (user, key, request.body["model"], int(USERS[user] == "payg")))
        self.expect(f"{request}: cost", row["cost_micro"], cost_of(row["model"], row["tokens_in"], row["tokens_out"]))
        self.check_tokens(request, self.house.heard(request), row["tokens_in"], (row["tokens_out"], row["estimated"]))

    def check_tokens(self, request, heard, tokens_in, others):
        if request.hold is not None:
            self.expect(f"{request}: delivered", others, (request.hold, 1))
            self.expect(f"{request}: made are {counted(heard)[1]}", request.hold <= counted(heard)[1], True)
        elif stays_silent(request):
            self.expect(f"{request}: streamed", others, (texts_of(heard), 1))
        else:
            return self.expect(f"{request}: tokens", (tokens_in, *others), (*told_by(heard), 0))
        return self.expect_estimate(request, heard, tokens_in)

    def expect_estimate(self, request, heard, tokens_in):
        """Of what was asked: not nothing, and not more than its bytes allow for. llama.cpp tells Anthropic's clients at once."""
        if heard.path == "/v1/messages" and heard.server in self.house.urls.values():
            return self.expect(f"{request}: asked with", tokens_in, told_by(heard)[0])
        return self.expect(f"{request}: {tokens_in} tokens were asked with", 0 < tokens_in <= len(heard.request.body) // 4 + 1, True)

    def check_log(self):
        """Of every request one line, which says what its row says."""
        lines = [line for line in self.front.access_log() if line["request_id"].startswith("mixed-")]
        self.expect("lines of the log", sorted(line["request_id"] for line in lines), sorted(request.id for request in self.requests))
        for line in lines:
            said = [line[name] for name in ("cost_micro", "usage_id", "user", "service", "model", "tokens_in")]
            said += [line["tokens_out"] or 0, line.get("estimated", False), line.get("charged", False)]
            row = self.rows.get(line["request_id"])
            if row is None:
                self.expect(f"{line['request_id']} in the log", said[:2], [None, None])
                continue
            wanted = [row[name] for name in ("cost_micro", "id", "user", "service")] + [row["model"], row["tokens_in"]]
            wanted += [row["tokens_out"], bool(row["estimated"]), bool(row["charged"])]
            self.expect(f"{line['request_id']} in the log", said, wanted)

    def check_llama(self):
        """Nothing that the servers read or wrote is unaccounted for."""
        heard = [self.house.heard(request) for request in self.requests if request.way != "refused"]
        for file, url in self.house.urls.items():
            counts = [counted(each) for each in heard if each.server == url]
            self.expect(f"tokens that {file} read and wrote", self.house.counters(file), tuple(map(sum, zip(*counts))))

    def check_sums(self):
        for user, tier in USERS.items():
            mine = [row for row in self.rows.values() if row["user"] == user]
            cost = sum(row["cost_micro"] for row in mine)
            self.check_user(user, mine, cost, OPENING - (cost if tier == "payg" else 0))
        summary = admin_of(self.front).get("/v1/stats/summary")["stats"]
        everything = self.rows.values()
        self.expect("requests of the summary", summary["total_requests"], len(self.rows))
        self.expect("tokens of the summary", summary["total_tokens"], sum(row["tokens_in"] + row["tokens_out"] for row in everything))
        self.expect("cost of the summary", micro(summary["total_cost"]), sum(row["cost_micro"] for row in everything))

    def check_user(self, user, mine, cost, balance):
        (known,) = rows(self.front, "SELECT id, balance_micro FROM users WHERE name = ?", user)
        self.expect(f"balance of {user}", known["balance_micro"], balance)
        (ledger,) = rows(self.front, "SELECT sum(amount_micro) AS paid FROM balance_changes WHERE user_id = ?", known["id"])
        self.expect(f"what {user} paid in", ledger["paid"], OPENING)
        for key in rows(self.front, "SELECT name, spent_micro FROM keys WHERE user_id = ?", known["id"]):
            wanted = sum(row["cost_micro"] for row in mine if row["key"] == key["name"])
            self.expect(f"{user}'s {key['name']} spent", key["spent_micro"], wanted)
        self.check_hours(user, known["id"], mine)
        api = Api(self.front, self.house.keys[user][0])
        self.expect(f"{user}'s own balance", api.get("/user/api/me")["balance_micro"], balance)
        self.expect(f"{user}'s days", sums(api.get("/user/api/usage")), total(mine))
        for model in api.get("/user/api/usage?by=model"):
            self.expect(f"{user}'s {model['model']}", sums([model]), total([row for row in mine if row["model"] == model["model"]]))
        self.expect(f"{user}'s models", sums(api.get("/user/api/usage?by=model")), total(mine))

    def check_hours(self, user, identity, mine):
        wanted = defaultdict(list)
        for row in mine:
            wanted[row["key_id"], row["model"]].append(row)
        got = defaultdict(list)
        for row in rows(self.front, "SELECT * FROM usage_hours WHERE user_id = ?", identity):
            got[row["key_id"], row["model"]].append(row)
        got = {which: (sum(row["requests"] for row in each), *total(each)[1:]) for which, each in got.items()}
        self.expect(f"hours of {user}", got, {which: total(each) for which, each in wanted.items()})


def micro(money):
    return round(money * 1_000_000)


def total(usage):
    return len(usage), *(sum(row[name] for row in usage) for name in ("tokens_in", "tokens_out", "cost_micro"))


def sums(usage):
    """The same of what the API says."""
    counts = [sum(row[name] for row in usage) for name in ("requests", "tokens_in", "tokens_out")]
    return *counts, sum(micro(row["cost"]) for row in usage)


def prove(folder, ollama, count, seed):
    """What is wrong after so many requests; nothing in a good gateway."""
    requests = mix(count, seed)
    with House(folder, ollama) as house:
        replies = Clients(house, requests).run()
        wrong = [f"{request}: {replies[request.id].status} {replies[request.id].text[:200]}" for request in requests
                 if request.id in replies and (replies[request.id].status == 200) == (request.way == "refused")]
        return wrong or Proof(house, requests).run()
