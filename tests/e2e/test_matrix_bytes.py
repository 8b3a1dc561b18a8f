"""A server that speaks the client's API gets its bytes untouched, and the client gets the server's; of an alias only the name changes."""
import pytest
from support.mock_upstream import MockUpstream
from support.raw import Connection, bearer, request_bytes
from talk import PATHS

# White space, escapes, numbers and doubled members that a parser would not give back, and the name where it is no name.
ODD = ('\r\n{ "a\\u0062" : 1.0E+2 ,"model"\t:%s, "list":[ ],"nested":{"model":"nick","x":-0.0},"twice":1,"twice":2,'
       '"text":"\\u00e9\u00e9\\/\\ud83c\\udf08 \\"model\\": \\"nick\\"","stream":%s, "big":123456789012345678901234567890}\n ')
NAMES = {"its own name": '"mock"', "escaped": '"m\\u006fck"', "an alias": '"nick"', "an escaped alias": '"n\\u0069ck"',
         "with its service": '"openai/mock"'}
REPLIES = {"a document": (b'{"id" : "\xc3\xa9" ,"x":[1.0,\r\n2e3]}', "application/json"),
           "events": (b': hi\r\n\r\nevent: a\r\ndata: {"x" :1}\r\n\r\ndata:[DONE]\n\n', "text/event-stream"),
           "lines": (b'{"a": 1}\r\n{"b":2}\n\n{"c"', "application/x-ndjson")}


@pytest.fixture(scope="module")
def passing(module_gateway):
    made = {}
    for kind, apis in (("openai", ["chat", "completions", "responses", "messages", "embeddings"]), ("ollama", ["ollama"])):
        mock = MockUpstream(models=["mock"], kind=kind)
        made[kind] = module_gateway({kind: mock.service(apis=apis)}, {"aliases": {"nick": "mock"}}), mock
    yield made
    for _, mock in made.values():
        mock.close()


def pieces_of(body, sizes):
    at = 0
    while at < len(body):
        size = sizes[at % len(sizes)]
        yield body[at:at + size]
        at += size


def chunked(path, key, body, sizes):
    head = request_bytes("POST", path, [*bearer(key).items(), ("Transfer-Encoding", "chunked")])
    return [head, *(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces_of(body, sizes)), b"0\r\n\r\n"]


def whole(path, key, body, _):
    return [request_bytes("POST", path, bearer(key), body)]


FRAMINGS = {"at once": (whole, None), "odd chunks": (chunked, [1, 13, 7])}


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("api", PATHS)
def test_a_server_that_speaks_the_clients_api_gets_its_bytes(passing, api, name, framing):
    kind = "ollama" if api.startswith("ollama") else "openai"
    front, mock = passing[kind]
    given = NAMES[name].replace("openai/", f"{kind}/")
    expected = given if name in ("its own name", "escaped") else '"mock"'
    mock.requests.clear()
    frame, sizes = FRAMINGS[framing]
    with Connection(front.url) as client:
        for piece in frame(PATHS[api], front.client_key, (ODD % (given, "false")).encode(), sizes):
            client.send_some(piece)
        assert client.response().status == 200
    got = mock.at(PATHS[api])[-1].request
    assert got.body == (ODD % (expected, "false")).encode()
    assert got.first_line == f"POST {PATHS[api]} HTTP/1.1"


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("api", PATHS)
def test_the_client_gets_the_servers_bytes(passing, api, reply):
    front, mock = passing["ollama" if api.startswith("ollama") else "openai"]
    body, content_type = REPLIES[reply]
    for name in ("mock", "nick"):
        mock.on(PATHS[api], lambda exchange: exchange.reply(200, body, [("Content-Type", content_type), ("X-Odd", "é")]))
        with Connection(front.url) as client:
            client.send(request_bytes("POST", PATHS[api], bearer(front.client_key), (ODD % (f'"{name}"', "true")).encode()))
            got = client.response()
        assert (got.status, got.get("Content-Type"), got.get("X-Odd"), got.body) == (200, content_type, "é", body)
