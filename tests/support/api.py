"""The gateway's own HTTP API: JSON in, JSON out."""
import json

from support import keychain
from support.raw import ask, bearer

UNSAID = object()


class Api:
    """Calls with one key; `call` gives the reply, the verbs its JSON after they have checked the status."""

    def __init__(self, front, key=None):
        self.front, self.key = front, key

    def call(self, method, path, body=UNSAID, headers=()):
        every = {**(bearer(self.key) if self.key else {}), **dict(headers)}
        content = b"" if body is UNSAID else body if isinstance(body, bytes) else json.dumps(body).encode()
        return ask(self.front.address, method, path, every, content)

    def expect(self, status, method, path, body=UNSAID):
        reply = self.call(method, path, body)
        assert reply.status == status, f"{method} {path}: {reply.status} {reply.text}"
        assert reply.get("Content-Type") == "application/json"
        found = reply.json()
        for secret in ("key", "api_key"):
            if isinstance(found, dict) and isinstance(found.get(secret), str):
                keychain.remember(found[secret])
        return found

    def get(self, path, status=200):
        return self.expect(status, "GET", path)

    def post(self, path, body=UNSAID, status=200):
        return self.expect(status, "POST", path, body)

    def patch(self, path, body=UNSAID, status=200):
        return self.expect(status, "PATCH", path, body)

    def delete(self, path, status=200):
        return self.expect(status, "DELETE", path)

    def works(self, key, path="/v1/models"):
        """Whether the gateway knows the key in the very next request."""
        return ask(self.front.address, "GET", path, bearer(key)).status == 200


def admin_of(front):
    return Api(front, front.admin_key())
