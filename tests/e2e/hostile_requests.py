"""Malformed and hostile requests, as bytes. Rows: name → (bytes, what must happen).

`%KEY%` stands for the header line with a valid key, so that nothing is refused merely for want of one. A set of statuses
means: one of these, the connection closed, nothing at the upstream. PASSED means: an ordinary request, answered with 200.
"""
PASSED = {200}
REFUSED = {400}
KEY = b"%KEY%"
START = b"POST /mock/case HTTP/1.1\r\nHost: h\r\n" + KEY
GET = b"GET /mock/case HTTP/1.1\r\nHost: h\r\n" + KEY
SECOND = b"GET /mock/smuggled HTTP/1.1\r\nHost: h\r\n" + KEY + b"\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"


def get(target):
    return b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n" + KEY + b"\r\n"


def with_length(value):
    return START + b"Content-Length: " + value + b"\r\n\r\nhi"


def with_coding(value, body=b"2\r\nhi\r\n0\r\n\r\n"):
    return START + b"Transfer-Encoding: " + value + b"\r\n\r\n" + body


FRAMING = {
    "sound": (with_length(b"2"), PASSED),
    "Content-Length twice, the same": (START + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", REFUSED),
    "Content-Length twice, different": (START + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", REFUSED),
    "Content-Length as a list": (with_length(b"2, 2"), REFUSED),
    "Content-Length with a plus": (with_length(b"+2"), REFUSED),
    "Content-Length below zero": (with_length(b"-1"), REFUSED),
    "Content-Length in hex": (with_length(b"0x2"), REFUSED),
    "Content-Length with a gap": (with_length(b"1 2"), REFUSED),
    "Content-Length empty": (with_length(b""), REFUSED),
    "Content-Length with a comma": (with_length(b"2,"), REFUSED),
    "Content-Length as a fraction": (with_length(b"2.0"), REFUSED),
    "Content-Length too long for any number": (with_length(b"99999999999999999999999"), {400, 413}),
    "Content-Length at two to the sixty-four": (with_length(b"18446744073709551618"), {400, 413}),
    "length and chunked": (START + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", REFUSED),
    "chunked and length zero": (START + b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n2\r\nhi\r\n0\r\n\r\n", REFUSED),
    "coding xchunked": (with_coding(b"xchunked"), {400, 501}),
    "coding chunked, gzip": (with_coding(b"chunked, gzip"), {400, 501}),
    "coding gzip, chunked": (with_coding(b"gzip, chunked"), {400, 501}),
    "coding identity": (with_coding(b"identity"), {400, 501}),
    "coding chunked, chunked": (with_coding(b"chunked, chunked"), {400, 501}),
    "coding with a parameter": (with_coding(b"chunked;x=1"), {400, 501}),
    "coding in quotes": (with_coding(b'"chunked"'), {400, 501}),
    "coding after a vertical tab": (with_coding(b"\x0bchunked"), {400, 501}),
    "coding empty": (with_coding(b""), {400, 501}),
    "coding header twice": (START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400, 501}),
    "coding in capitals": (with_coding(b"Chunked"), PASSED),
    "coding in HTTP/1.0": (b"POST /mock/case HTTP/1.0\r\nHost: h\r\n" + KEY + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
}
LINES = {
    "bare LF everywhere": (GET.replace(b"\r\n", b"\n") + b"\n", REFUSED),
    "one header ended by a bare LF": (GET + b"X-A: 1\nX-B: 2\r\n\r\n", REFUSED),
    "request line ended by a bare LF": (b"GET /mock/case HTTP/1.1\nHost: h\r\n" + KEY + b"\r\n", REFUSED),
    "bare CR in a value": (GET + b"X-A: 1\rX-B: 2\r\n\r\n", REFUSED),
    "bare CR ending a line": (GET + b"X-A: 1\r\rX-B: 2\r\n\r\n", REFUSED),
    "NUL in a value": (GET + b"X-A: a\x00b\r\n\r\n", REFUSED),
    "control character in a value": (GET + b"X-A: a\x01b\r\n\r\n", REFUSED),
    "DEL in a value": (GET + b"X-A: a\x7fb\r\n\r\n", REFUSED),
    "folded line": (GET + b"X-A: 1\r\n folded\r\n\r\n", REFUSED),
    "folded line by a tab": (GET + b"X-A: 1\r\n\tfolded\r\n\r\n", REFUSED),
    "first header begins with a space": (b"GET /mock/case HTTP/1.1\r\n Host: h\r\n" + KEY + b"\r\n", REFUSED),
    "space before the colon": (START + b"Content-Length : 2\r\n\r\nhi", REFUSED),
    "space in a name": (GET + b"X A: 1\r\n\r\n", REFUSED),
    "no colon": (GET + b"X-A\r\n\r\n", REFUSED),
    "empty name": (GET + b": 1\r\n\r\n", REFUSED),
    "name with a bracket": (GET + b"X(A): 1\r\n\r\n", REFUSED),
    "name with a byte above ASCII": (GET + b"X-\xe9: 1\r\n\r\n", REFUSED),
    "name with a NUL": (GET + b"X-\x00: 1\r\n\r\n", REFUSED),
    "encoded line end in a value": (GET + b"X-A: a%0d%0aX-Injected: yes\r\n\r\n", PASSED),
    "a header as CGI would spell one": (GET + b"REMOTE_ADDR: 192.0.2.1\r\n\r\n", PASSED),
    "9 KB header": (GET + b"X-A: " + b"a" * 9000 + b"\r\n\r\n", PASSED),
    "40 KB header": (GET + b"X-A: " + b"a" * 40000 + b"\r\n\r\n", {431}),
    "40 KB target": (get(b"/mock/case?" + b"a" * 40000), {414, 431}),
    "head without end": (GET + b"X-A: 1\r\n" * 200_000, {431}),
    "500 headers": (GET + b"".join(b"X-%d: 1\r\n" % n for n in range(500)) + b"\r\n", {431}),
}
CHUNKS = {
    "extension": (CHUNKED + b"2;a=b\r\nhi\r\n0\r\n\r\n", PASSED),
    "trailers": (CHUNKED + b"2\r\nhi\r\n0\r\nX-A: 1\r\n\r\n", PASSED),
    "extension with a bare LF": (CHUNKED + b"2;a=b\nhi\r\n0\r\n\r\n", REFUSED),
    "extension with a bare CR": (CHUNKED + b"2;a\rb\r\nhi\r\n0\r\n\r\n", REFUSED),
    "size ended by a bare LF": (CHUNKED + b"2\nhi\r\n0\r\n\r\n", REFUSED),
    "size 0x2": (CHUNKED + b"0x2\r\nhi\r\n0\r\n\r\n", REFUSED),
    "size -1": (CHUNKED + b"-1\r\nhi\r\n0\r\n\r\n", REFUSED),
    "size +2": (CHUNKED + b"+2\r\nhi\r\n0\r\n\r\n", REFUSED),
    "size after a space": (CHUNKED + b" 2\r\nhi\r\n0\r\n\r\n", REFUSED),
    "size missing": (CHUNKED + b"\r\nhi\r\n0\r\n\r\n", REFUSED),
    "size overflows": (CHUNKED + b"ffffffffffffffff1\r\nhi\r\n0\r\n\r\n", REFUSED),
    "size of sixteen digits": (CHUNKED + b"fffffffffffffffe\r\nhi\r\n0\r\n\r\n", {400, 413}),
    "data longer than its size": (CHUNKED + b"2\r\nhixx\r\n0\r\n\r\n", REFUSED),
    "no line end after the data": (CHUNKED + b"2\r\nhi0\r\n\r\n", REFUSED),
    "a bare LF after the data": (CHUNKED + b"2\r\nhi\n0\r\n\r\n", REFUSED),
    "endless extension": (CHUNKED + b"2;" + b"a" * 200_000, {400, 413, 431}),
    "endless trailers": (CHUNKED + b"0\r\n" + b"X-A: 1\r\n" * 100_000, {400, 413, 431}),
    "trailer that is no header": (CHUNKED + b"2\r\nhi\r\n0\r\nno colon\r\n\r\n", REFUSED),
    "trailer that frames": (CHUNKED + b"2\r\nhi\r\n0\r\nContent-Length: 5\r\n\r\n", REFUSED),
    "trailer with credentials": (CHUNKED + b"2\r\nhi\r\n0\r\nAuthorization: Bearer x\r\n\r\n", REFUSED),
    "folded trailer": (CHUNKED + b"2\r\nhi\r\n0\r\nX-A: 1\r\n b\r\n\r\n", REFUSED),
}
START_LINES = {
    "no Host": (b"GET /mock/case HTTP/1.1\r\n" + KEY + b"\r\n", REFUSED),
    "two Hosts": (GET + b"Host: i\r\n\r\n", REFUSED),
    "two Hosts, the same": (GET + b"Host: h\r\n\r\n", REFUSED),
    "Host with a space": (b"GET /mock/case HTTP/1.1\r\nHost: a b\r\n" + KEY + b"\r\n", REFUSED),
    "Host with a path": (b"GET /mock/case HTTP/1.1\r\nHost: h/x\r\n" + KEY + b"\r\n", REFUSED),
    "Host with a user": (b"GET /mock/case HTTP/1.1\r\nHost: u@h\r\n" + KEY + b"\r\n", REFUSED),
    "Host as a list": (b"GET /mock/case HTTP/1.1\r\nHost: h, i\r\n" + KEY + b"\r\n", REFUSED),
    "two Authorizations": (GET + KEY + b"\r\n", REFUSED),
    "HTTP/1.2": (b"GET /mock/case HTTP/1.2\r\nHost: h\r\n" + KEY + b"\r\n", {400, 505}),
    "HTTP/2.0": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    "HTTP/0.9": (b"GET /mock/case\r\n\r\n", REFUSED),
    "http/1.1": (b"GET /mock/case http/1.1\r\nHost: h\r\n" + KEY + b"\r\n", {400, 505}),
    "HTTP/1.1 and more": (b"GET /mock/case HTTP/1.1 x\r\nHost: h\r\n" + KEY + b"\r\n", {400, 505}),
    "HTTP/01.1": (b"GET /mock/case HTTP/01.1\r\nHost: h\r\n" + KEY + b"\r\n", {400, 505}),
    "two spaces": (b"GET  /mock/case HTTP/1.1\r\nHost: h\r\n" + KEY + b"\r\n", REFUSED),
    "a tab for a space": (b"GET\t/mock/case HTTP/1.1\r\nHost: h\r\n" + KEY + b"\r\n", REFUSED),
    "space at the end": (b"GET /mock/case HTTP/1.1 \r\nHost: h\r\n" + KEY + b"\r\n", {400, 505}),
    "space at the start": (b" GET /mock/case HTTP/1.1\r\nHost: h\r\n" + KEY + b"\r\n", REFUSED),
    "method with a bracket": (b"GE(T /mock/case HTTP/1.1\r\nHost: h\r\n" + KEY + b"\r\n", REFUSED),
    "no method": (b" /mock/case HTTP/1.1\r\nHost: h\r\n" + KEY + b"\r\n", REFUSED),
    "target with host": (get(b"http://h/mock/case"), REFUSED),
    "target with another host": (get(b"http://elsewhere/mock/case"), REFUSED),
    "target without slash": (get(b"mock/case"), REFUSED),
    "target of CONNECT": (b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n" + KEY + b"\r\n", {400, 405, 501}),
    "target * of GET": (get(b"*"), REFUSED),
    "control character in the target": (get(b"/mock/case\x01"), REFUSED),
    "NUL in the target": (get(b"/mock/case\x00"), REFUSED),
    "space in the target": (get(b"/mock/case x"), {400, 505}),
    "TLS where none is spoken": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)) + b"\r\n\r\n", REFUSED),
}
PATHS = {
    f"path {path.decode('latin-1')}": (get(path), REFUSED) for path in (
        b"/v1/../admin", b"//v1/%2e%2e/admin", b"/mock/../case", b"/mock/case/../../x", b"/mock/..", b"/mock/%2e%2e/x",
        b"/mock/.%2e/x", b"/mock/%2E./x", b"/mock/%2e%2e%2fx", b"/mock/..%2fx", b"/mock/a%2f..%2fx", b"/mock/..%5cx",
        b"/mock/..\\x", b"/mock/a\\..\\x", b"/mock/%5c..%5cx", b"/mock/..;/x", b"/mock/..;a=b/x", b"/mock/./x",
        b"/mock/%2e/x", b"/mock/x%00", b"/mock/%zz", b"/mock/%2", b"/mock/%", b"/../mock/case")
}
TABLES = {"framing": FRAMING, "lines": LINES, "chunks": CHUNKS, "start": START_LINES, "paths": PATHS}
ALL = {f"{table}: {name}": row for table, rows in TABLES.items() for name, row in rows.items()}
