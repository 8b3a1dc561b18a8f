#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/http/head.hpp"

namespace aihub::http {
namespace {

using namespace std::string_literals;

// The status that a head is refused with; 0 when it is let in.
int verdict(const std::string& text, const HeadLimits& limits = {}) {
    RequestHead head;
    std::optional<HeadFault> fault = parse_request_head(text, limits, head);
    if (fault) CHECK_FALSE(std::string(fault->reason).empty());
    return fault ? fault->status : 0;
}

// A parsed head with the text that its views point into.
struct Parsed {
    std::string text;
    RequestHead head;

    explicit Parsed(std::string text_) : text(std::move(text_)) {
        std::optional<HeadFault> fault = parse_request_head(text, {}, head);
        if (fault) FAIL(fault->reason);
    }
    Parsed(const Parsed&) = delete;
};

std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}
std::string with(const std::string& lines) {
    return "POST /x HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
}
std::string old(const std::string& lines) {
    return "POST /x HTTP/1.0\r\n" + lines + "\r\n";
}

struct Case {
    std::string name;
    std::string text;
    int status = 400;
};

void check_all(const std::vector<Case>& cases) {
    for (const Case& each : cases) {
        INFO(each.name);
        CHECK(verdict(each.text) == each.status);
    }
}

TEST_CASE("a request whose body two servers could end at different places is refused") {
    check_all({
        {"Content-Length twice, the same", with("Content-Length: 2\r\nContent-Length: 2\r\n")},
        {"Content-Length twice, different", with("Content-Length: 2\r\nContent-Length: 3\r\n")},
        {"Content-Length twice, in another case", with("content-length: 2\r\nCONTENT-LENGTH: 2\r\n")},
        {"Content-Length as a list", with("Content-Length: 2, 2\r\n")},
        {"Content-Length with a comma", with("Content-Length: 2,\r\n")},
        {"Content-Length with a plus", with("Content-Length: +2\r\n")},
        {"Content-Length below zero", with("Content-Length: -1\r\n")},
        {"Content-Length in hex", with("Content-Length: 0x2\r\n")},
        {"Content-Length in hex digits", with("Content-Length: a\r\n")},
        {"Content-Length with a gap", with("Content-Length: 1 2\r\n")},
        {"Content-Length empty", with("Content-Length:\r\n")},
        {"Content-Length as a fraction", with("Content-Length: 2.0\r\n")},
        {"Content-Length with an exponent", with("Content-Length: 2e1\r\n")},
        {"Content-Length beyond 64 bits", with("Content-Length: 18446744073709551618\r\n")},
        {"Content-Length beyond what a signed number holds", with("Content-Length: 9223372036854775808\r\n")},
        {"Content-Length in quotes", with("Content-Length: \"2\"\r\n")},
        {"length, then chunked", with("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n")},
        {"chunked, then length zero", with("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")},
        {"coding xchunked", with("Transfer-Encoding: xchunked\r\n")},
        {"coding chunked, gzip", with("Transfer-Encoding: chunked, gzip\r\n")},
        {"coding gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n")},
        {"coding gzip", with("Transfer-Encoding: gzip\r\n")},
        {"coding identity", with("Transfer-Encoding: identity\r\n")},
        {"coding chunked, chunked", with("Transfer-Encoding: chunked, chunked\r\n")},
        {"coding with an empty list member", with("Transfer-Encoding: ,chunked\r\n")},
        {"coding with a parameter", with("Transfer-Encoding: chunked;x=1\r\n")},
        {"coding in quotes", with("Transfer-Encoding: \"chunked\"\r\n")},
        {"coding after a vertical tab", with("Transfer-Encoding: \x0b"
                                             "chunked\r\n")},
        {"coding before a form feed", with("Transfer-Encoding: chunked\x0c\r\n")},
        {"coding before a no-break space", with("Transfer-Encoding: chunked\xa0\r\n")},
        {"coding empty", with("Transfer-Encoding:\r\n")},
        {"coding header twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
        {"coding header twice, the second empty",
         with("Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n")},
        {"coding in HTTP/1.0", old("Transfer-Encoding: chunked\r\n")},
    });
}

TEST_CASE("a header line that two servers could read differently is refused") {
    check_all({
        {"bare LF everywhere", "GET /x HTTP/1.1\nHost: h\n\n"},
        {"bare LF after the request line", "GET /x HTTP/1.1\nHost: h\r\n\r\n"},
        {"bare LF after a header", with("X-A: 1\nX-B: 2\r\n")},
        {"bare LF before the end", "GET /x HTTP/1.1\r\nHost: h\n\r\n"},
        {"bare CR in a value", with("X-A: 1\rX-B: 2\r\n")},
        {"bare CR before the line end", with("X-A: 1\r\r\n")},
        {"NUL in a value", with("X-A: a\0b\r\n"s)},
        {"a control byte in a value", with("X-A: a\x01"
                                           "b\r\n")},
        {"an escape byte in a value", with("X-A: \x1b[2J\r\n")},
        {"DEL in a value", with("X-A: a\x7f"
                                "b\r\n")},
        {"a line folded by a space", with("X-A: 1\r\n folded\r\n")},
        {"a line folded by a tab", with("X-A: 1\r\n\tfolded\r\n")},
        {"a folded line that holds another header", with("X-A: 1\r\n Content-Length: 5\r\n")},
        {"a folded empty line", with("X-A: 1\r\n \r\n")},
        {"white space before the first header", "GET /x HTTP/1.1\r\n Host: h\r\n\r\n"},
        {"a space before the colon", with("Content-Length : 2\r\n")},
        {"a tab before the colon", with("Content-Length\t: 2\r\n")},
        {"a space in a name", with("X A: 1\r\n")},
        {"no colon", with("X-A\r\n")},
        {"an empty name", with(": 1\r\n")},
        {"a bracket in a name", with("X(A): 1\r\n")},
        {"a byte above ASCII in a name", with("X-\xe9: 1\r\n")},
        {"a NUL in a name", with("X-\0: 1\r\n"s)},
        {"a CR in a name", with("X-\rA: 1\r\n")},
        {"a head that goes on after its empty line", with("") + "GET /y HTTP/1.1\r\n\r\n"},
        {"a head without its empty line", "GET /x HTTP/1.1\r\nHost: h\r\n"},
        {"nothing", ""},
        {"an empty line", "\r\n"},
    });
}

TEST_CASE("a header of which only one counts may not stand twice") {
    for (std::string name : {"Host", "Authorization", "Content-Type", "Expect", "Upgrade", "X-Api-Key",
                             "Api-Key", "X-Goog-Api-Key", "Range", "Content-Encoding"}) {
        INFO(name);
        std::string value = name == "Expect" ? "100-continue" : "a";
        std::string one = name + ": " + value + "\r\n";
        std::string start = name == "Host" ? "GET /x HTTP/1.1\r\n" : "GET /x HTTP/1.1\r\nHost: h\r\n";
        CHECK(verdict(start + one + "\r\n") == 0);
        CHECK(verdict(start + one + one + "\r\n") == 400);
        CHECK(verdict(start + one + "X-Between: 1\r\n" + name + ":\r\n\r\n") == 400);
    }
    CHECK(verdict(with("Accept: a\r\nAccept: b\r\nX-Forwarded-For: 1\r\nX-Forwarded-For: 2\r\n")) == 0);
}

TEST_CASE("a request without one plain Host is refused") {
    check_all({
        {"none in HTTP/1.1", "GET /x HTTP/1.1\r\n\r\n"},
        {"none in HTTP/1.0", "GET /x HTTP/1.0\r\n\r\n", 0},
        {"a space", "GET /x HTTP/1.1\r\nHost: a b\r\n\r\n"},
        {"a path", "GET /x HTTP/1.1\r\nHost: h/x\r\n\r\n"},
        {"a user", "GET /x HTTP/1.1\r\nHost: u@h\r\n\r\n"},
        {"a list", "GET /x HTTP/1.1\r\nHost: h, i\r\n\r\n"},
        {"a query", "GET /x HTTP/1.1\r\nHost: h?x\r\n\r\n"},
        {"a backslash", "GET /x HTTP/1.1\r\nHost: h\\i\r\n\r\n"},
        {"malformed in HTTP/1.0", "GET /x HTTP/1.0\r\nHost: h/x\r\n\r\n"},
        {"a name and a port", "GET /x HTTP/1.1\r\nHost: Hub_1.example.org:8080\r\n\r\n", 0},
        {"an IPv6 address", "GET /x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0},
        {"empty, as RFC 9112 3.2 allows", "GET /x HTTP/1.1\r\nHost:\r\n\r\n", 0},
    });
}

TEST_CASE("a request line that is not exactly METHOD TARGET VERSION is refused") {
    check_all({
        {"HTTP/1.2", "GET /x HTTP/1.2\r\nHost: h\r\n\r\n", 505},
        {"HTTP/2.0", "PRI * HTTP/2.0\r\n\r\n", 505},
        {"HTTP/0.9", "GET /x\r\n\r\n"},
        {"http/1.1", "GET /x http/1.1\r\nHost: h\r\n\r\n"},
        {"HTTP/01.1", "GET /x HTTP/01.1\r\nHost: h\r\n\r\n"},
        {"HTTP/1.10", "GET /x HTTP/1.10\r\nHost: h\r\n\r\n"},
        {"HTTP/1,1", "GET /x HTTP/1,1\r\nHost: h\r\n\r\n"},
        {"HTTP/1.1 and more", "GET /x HTTP/1.1 x\r\nHost: h\r\n\r\n"},
        {"no version", "GET /x \r\nHost: h\r\n\r\n"},
        {"two spaces before the target", "GET  /x HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"two spaces before the version", "GET /x  HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"a tab for a space", "GET\t/x HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"a space at the end", "GET /x HTTP/1.1 \r\nHost: h\r\n\r\n"},
        {"a space at the start", " GET /x HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"no method", " /x HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"a bracket in the method", "GE(T /x HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"a NUL in the method", "GE\0T /x HTTP/1.1\r\nHost: h\r\n\r\n"s},
        {"a very long method", std::string(33, 'M') + " /x HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"a long method", std::string(32, 'M') + " /x HTTP/1.1\r\nHost: h\r\n\r\n", 0},
        {"a method of WebDAV", "MKCOL /x HTTP/1.1\r\nHost: h\r\n\r\n", 0},
    });
}

TEST_CASE("a target that is no path is refused") {
    check_all({
        {"absolute form", get("http://h/x")},
        {"absolute form of another host", get("http://elsewhere/x")},
        {"authority form", get("h:80")},
        {"no slash", get("x")},
        {"a query alone", get("?x")},
        {"* of another method", get("*")},
        {"* of OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 0},
        {"CONNECT", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"CONNECT to a path, whose reply would open a tunnel", "CONNECT /x HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"a control byte", get("/x\x01")},
        {"a NUL", get("/x\0"s)},
        {"DEL", get("/x\x7f")},
        {"a tab", get("/x\ty")},
        {"a bare CR", get("/x\ry")},
        {"raw UTF-8", get("/\xc3\xa9")},
        {"a fragment", get("/x#y")},
        {"a fragment in the query", get("/x?y#z")},
        {"a space in the query", get("/x?a b")},
        {"dot segments", get("/x/../admin")},
        {"dots in the query are text", get("/x?file=../a"), 0},
        {"escapes in the query are the server's to judge", get("/x?a=%zz%00"), 0},
    });
}

TEST_CASE("a head beyond its limits is refused as too large") {
    HeadLimits limits;
    limits.bytes = 100;
    limits.headers = 3;
    std::string three = "GET /x HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n";
    CHECK(verdict(three + "\r\n", limits) == 0);
    CHECK(verdict(three + "C: 3\r\n\r\n", limits) == 431);
    std::string start = "GET /x HTTP/1.1\r\nHost: h\r\nA: ";
    std::string just = start + std::string(100 - start.size() - 4, 'a') + "\r\n\r\n";
    REQUIRE(just.size() == 100);
    CHECK(verdict(just, limits) == 0);
    CHECK(verdict(start + "a" + just.substr(start.size()), limits) == 431);
    CHECK(verdict(get("/" + std::string(40'000, 'a'))) == 431);
    CHECK(verdict(with("X-A: " + std::string(9'000, 'a') + "\r\n")) == 0);
}

TEST_CASE("an accepted head says what stands in it, byte for byte") {
    Parsed parsed(
        "POST /v1/chat?a=b?c HTTP/1.1\r\nHost: h:1\r\nX-Odd:\t \xe9 b \t\r\nX-Empty:\r\nx-odd: 2\r\n\r\n");
    const RequestHead& head = parsed.head;
    CHECK(head.method == "POST");
    CHECK(head.target == "/v1/chat?a=b?c");
    CHECK(head.path == "/v1/chat");
    CHECK(head.query == "a=b?c");
    CHECK(head.minor_version == 1);
    REQUIRE(head.headers.size() == 4);
    CHECK(head.headers[1].name == "X-Odd");
    CHECK(head.headers[1].value == "\xe9 b");
    CHECK(head.headers[1].line == "X-Odd:\t \xe9 b \t\r\n");
    CHECK(head.header("x-ODD") == "\xe9 b");
    CHECK(head.header("x-empty").empty());
    CHECK(head.has("X-EMPTY"));
    CHECK_FALSE(head.has("X-None"));
    CHECK(head.header("X-None").empty());
}

TEST_CASE("the end of a request's body is known from its head") {
    CHECK(Parsed(with("")).head.framing == Framing::none);
    CHECK(Parsed(with("Content-Length: 0\r\n")).head.framing == Framing::none);
    Parsed length(with("Content-Length:  12 \r\n"));
    CHECK(length.head.framing == Framing::length);
    CHECK(length.head.content_length == 12);
    CHECK(Parsed(with("Content-Length: 4611686018427387904\r\n")).head.content_length == 1ULL << 62);
    CHECK(Parsed(with("Transfer-Encoding: Chunked\r\n")).head.framing == Framing::chunked);
    CHECK(Parsed(with("transfer-encoding:chunked\r\n")).head.framing == Framing::chunked);
    CHECK(Parsed(old("Content-Length: 3\r\n")).head.framing == Framing::length);
}

TEST_CASE("whether a connection stays open follows from version and Connection") {
    CHECK(Parsed(with("")).head.keep_alive);
    CHECK(Parsed(with("Connection: keep-alive\r\n")).head.keep_alive);
    CHECK(Parsed(with("Connection: closed, x-close\r\n")).head.keep_alive);
    CHECK_FALSE(Parsed(with("Connection: Close\r\n")).head.keep_alive);
    CHECK_FALSE(Parsed(with("Connection: x-a,close ,x-b\r\n")).head.keep_alive);
    CHECK_FALSE(Parsed(with("Connection: keep-alive\r\nConnection: close\r\n")).head.keep_alive);
    CHECK_FALSE(Parsed(old("")).head.keep_alive);
    CHECK(Parsed(old("Connection: Keep-Alive\r\n")).head.keep_alive);
    CHECK_FALSE(Parsed(old("Connection: keep-alive, close\r\n")).head.keep_alive);
}

TEST_CASE("an upgrade counts when Connection says so too, in HTTP/1.1") {
    CHECK(Parsed(with("Connection: Upgrade\r\nUpgrade: websocket\r\n")).head.upgrade == "websocket");
    CHECK(Parsed(with("Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n")).head.upgrade ==
          "WebSocket");
    CHECK(Parsed(with("Connection: Upgrade\r\nUpgrade: strange\r\n")).head.upgrade == "strange");
    CHECK(Parsed(with("Upgrade: websocket\r\n")).head.upgrade.empty());
    CHECK(Parsed(with("Connection: upgrade\r\n")).head.upgrade.empty());
    CHECK(Parsed(old("Connection: Upgrade\r\nUpgrade: websocket\r\n")).head.upgrade.empty());
}

TEST_CASE("an upgrade to a protocol that carries requests is ignored: they would pass the gateway unseen") {
    for (std::string protocol :
         {"h2c", "H2C", "websocket, h2c", "h2c,websocket", "HTTP/2.0", "TLS/1.2, HTTP/1.1"}) {
        INFO(protocol);
        CHECK(Parsed(with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: " + protocol + "\r\n"))
                  .head.upgrade.empty());
    }
}

TEST_CASE("the only expectation is 100-continue, and only of HTTP/1.1") {
    CHECK(Parsed(with("Expect: 100-Continue\r\nContent-Length: 1\r\n")).head.expect_continue);
    CHECK_FALSE(Parsed(with("Content-Length: 1\r\n")).head.expect_continue);
    CHECK_FALSE(Parsed(old("Expect: 100-continue\r\nContent-Length: 1\r\n")).head.expect_continue);
    CHECK(verdict(with("Expect: 200-ok\r\n")) == 417);
    CHECK(verdict(with("Expect: 100-continue, x\r\n")) == 417);
}

TEST_CASE("nothing of a former head is left in the next") {
    RequestHead head;
    std::string first = "POST /a?b HTTP/1.0\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    std::string second = "GET /c HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    std::string third = "GET /c HTTP/1.1\r\nHost: h\r\n\r\n";
    REQUIRE_FALSE(parse_request_head(first, {}, head));
    REQUIRE_FALSE(parse_request_head(second, {}, head));
    CHECK(head.framing == Framing::none);
    CHECK(head.content_length == 0);
    CHECK(head.query.empty());
    CHECK(head.keep_alive);
    REQUIRE_FALSE(parse_request_head(third, {}, head));
    CHECK(head.upgrade.empty());
    CHECK(head.headers.size() == 1);
}

TEST_CASE("the headers that decide something are known by name, in any case") {
    Parsed parsed(
        "GET / HTTP/1.1\r\nHOST: h\r\nX-Request-ID: a\r\norigin: o\r\nX-Request-Ie: b\r\norigin: p\r\n\r\n");
    const RequestHead& head = parsed.head;
    CHECK(head.header(Field::host) == "h");
    CHECK(head.header(Field::x_request_id) == "a");
    CHECK(head.header(Field::origin) == "o");
    CHECK(head.headers[3].field == Field::other);
    CHECK_FALSE(head.has(Field::accept));
    CHECK(head.header(Field::accept).empty());
    for (const char* name : {"", "t", "tee", "hosts", "x-api-kez", "content_type", "proxy-authorizations"}) {
        INFO(name);
        CHECK(field_of(name) == Field::other);
    }
    CHECK(field_of("te") == Field::te);
    CHECK(field_of("X-Goog-Api-Key") == Field::x_goog_api_key);
    CHECK(field_of("content-LENGTH") == Field::content_length);
    CHECK(field_of("Proxy-Authorization") == Field::proxy_authorization);
}

TEST_CASE("the length of a head is found however it arrives") {
    std::string head = with("X-A: 1\r\n");
    std::string text = head + "body\r\n\r\nmore";
    std::size_t scanned = 0;
    CHECK(head_length(text, scanned) == head.size());
    for (std::size_t split = 0; split < head.size(); ++split) {
        INFO(split);
        scanned = 0;
        REQUIRE(head_length(std::string_view(text).substr(0, split), scanned) == 0);
        CHECK(head_length(text, scanned) == head.size());
    }
    scanned = 0;
    std::size_t length = 0;
    for (std::size_t size = 0; length == 0 && size <= text.size(); ++size)
        length = head_length(std::string_view(text).substr(0, size), scanned);
    CHECK(length == head.size());
}

TEST_CASE("bytes that can become no head are known before a head is whole") {
    for (const std::string& text :
         {"GET /x HTTP/1.1\nHost"s, "\n"s, "\x16\x03\x01\x02"s, " GET"s, "(GET"s, "\0"s}) {
        INFO(text);
        CHECK(cannot_become_head(text));
    }
    for (const std::string& text : {""s, "G"s, "GET /x HTTP/1.1\r"s, "GET /x HTTP/1.1\r\nHo"s, "\r\n"s}) {
        INFO(text);
        CHECK_FALSE(cannot_become_head(text));
    }
}

}  // namespace
}  // namespace aihub::http
