#include <catch2/catch.hpp>
#include <string>

#include "shared/http/head.hpp"

namespace aihub::http {
namespace {

using namespace std::string_literals;

// A parsed reply with the text that its views point into.
struct Reply {
    std::string text;
    ResponseHead head;

    explicit Reply(std::string text_, const char* method = "GET") : text(std::move(text_)) {
        std::optional<HeadFault> fault = parse_response_head(text, method, head);
        if (fault) FAIL(fault->reason);
    }
    Reply(const Reply&) = delete;
};

std::string ok(const std::string& lines) {
    return "HTTP/1.1 200 OK\r\n" + lines + "\r\n";
}

bool is_refused(const std::string& text) {
    ResponseHead head;
    std::optional<HeadFault> fault = parse_response_head(text, "GET", head);
    if (fault) CHECK(fault->status == 502);
    return fault.has_value();
}

TEST_CASE("a reply that is no HTTP is a bad gateway") {
    for (const std::string& text : {""s,
                                    "\r\n"s,
                                    "hello\r\n\r\n"s,
                                    "HTTP/1.1\r\n\r\n"s,
                                    "HTTP/1.1 \r\n\r\n"s,
                                    "HTTP/1.1 OK\r\n\r\n"s,
                                    "HTTP/1.1 20 OK\r\n\r\n"s,
                                    "HTTP/1.1 2000 OK\r\n\r\n"s,
                                    "HTTP/1.1 +20 OK\r\n\r\n"s,
                                    "HTTP/1.1 099 X\r\n\r\n"s,
                                    "HTTP/1.1 2x0 OK\r\n\r\n"s,
                                    "HTTP/1.1 200OK\r\n\r\n"s,
                                    "HTTP/1.1  200 OK\r\n\r\n"s,
                                    "HTTP/2.0 200 OK\r\n\r\n"s,
                                    "HTTP/1.2 200 OK\r\n\r\n"s,
                                    "http/1.1 200 OK\r\n\r\n"s,
                                    "ICY 200 OK\r\n\r\n"s,
                                    "HTTP/1.1 200 O\nK\r\n\r\n"s,
                                    "HTTP/1.1 200 O\rK\r\n\r\n"s,
                                    "HTTP/1.1 200 \0\r\n\r\n"s,
                                    "HTTP/1.1 200 OK\n\n"s,
                                    "HTTP/1.1 200 OK\r\n"s}) {
        INFO(text);
        CHECK(is_refused(text));
    }
}

TEST_CASE("a reply whose header lines or framing can be read in two ways is a bad gateway") {
    for (const std::string& lines :
         {"X-A: 1\r\n folded\r\n"s, "X A: 1\r\n"s, "X-A : 1\r\n"s, "X-A\r\n"s, ": 1\r\n"s, "X-A: \0\r\n"s,
          "X-A: 1\rX-B: 2\r\n"s, "X-A: 1\nX-B: 2\r\n"s, "Content-Length: -1\r\n"s,
          "Content-Length: 1, 1\r\n"s, "Content-Length:\r\n"s, "Content-Length: 0x1\r\n"s,
          "Content-Length: 99999999999999999999\r\n"s, "Content-Length: 1\r\nContent-Length: 2\r\n"s,
          "Content-Length: 1\r\nContent-Length: 1\r\n"s, "Transfer-Encoding: gzip\r\n"s,
          "Transfer-Encoding: gzip, chunked\r\n"s, "Transfer-Encoding: identity\r\n"s,
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"s}) {
        INFO(lines);
        CHECK(is_refused(ok(lines)));
    }
}

TEST_CASE("a status line is taken apart, with or without a reason") {
    Reply reply("HTTP/1.1 404 Not  Found \xe9\r\n\r\n");
    CHECK(reply.head.status == 404);
    CHECK(reply.head.reason == "Not  Found \xe9");
    CHECK(reply.head.minor_version == 1);
    CHECK(Reply("HTTP/1.1 200\r\n\r\n").head.reason.empty());
    CHECK(Reply("HTTP/1.1 200 \r\n\r\n").head.reason.empty());
    CHECK(Reply("HTTP/1.0 999 x\r\n\r\n").head.status == 999);
    CHECK(Reply("HTTP/1.0 200 x\r\n\r\n").head.minor_version == 0);
}

TEST_CASE("the end of a reply's body follows RFC 9112 section 6.3") {
    struct Case {
        const char* method;
        std::string text;
        Framing framing;
    };
    std::string length = "Content-Length: 5\r\n";
    std::string chunked = "Transfer-Encoding: chunked\r\n";
    for (const Case& each : {
             Case{"GET", ok(length), Framing::length},
             Case{"GET", ok("Content-Length: 0\r\n"), Framing::none},
             Case{"GET", ok(chunked), Framing::chunked},
             Case{"GET", ok("transfer-encoding: CHUNKED\r\n"), Framing::chunked},
             Case{"GET", ok(length + chunked), Framing::chunked},
             Case{"GET", ok(""), Framing::until_close},
             Case{"HEAD", ok(length), Framing::none},
             Case{"HEAD", ok(chunked), Framing::none},
             Case{"HEAD", ok(""), Framing::none},
             Case{"GET", "HTTP/1.1 204 No Content\r\n" + length + "\r\n", Framing::none},
             Case{"GET", "HTTP/1.1 304 Not Modified\r\n" + length + "\r\n", Framing::none},
             Case{"GET", "HTTP/1.1 304 Not Modified\r\n" + chunked + "\r\n", Framing::none},
             Case{"GET", "HTTP/1.1 100 Continue\r\n\r\n", Framing::none},
             Case{"GET", "HTTP/1.1 103 Early Hints\r\n" + length + "\r\n", Framing::none},
             Case{"GET", "HTTP/1.1 101 Switching Protocols\r\n\r\n", Framing::none},
             Case{"POST", "HTTP/1.1 500 x\r\n\r\n", Framing::until_close},
             Case{"GET", "HTTP/1.0 200 OK\r\n\r\n", Framing::until_close},
         }) {
        INFO(each.method << " " << each.text);
        CHECK(Reply(each.text, each.method).head.framing == each.framing);
    }
    CHECK(Reply(ok(length)).head.content_length == 5);
}

TEST_CASE("a server's connection is kept only when the end of its reply is beyond doubt") {
    std::string length = "Content-Length: 5\r\n";
    CHECK(Reply(ok(length)).head.keep_alive);
    CHECK(Reply(ok("Transfer-Encoding: chunked\r\n")).head.keep_alive);
    CHECK_FALSE(Reply(ok(length + "Connection: x, Close\r\n")).head.keep_alive);
    CHECK_FALSE(Reply(ok("")).head.keep_alive);
    CHECK(Reply(ok(""), "HEAD").head.keep_alive);
    CHECK_FALSE(Reply("HTTP/1.0 200 OK\r\n" + length + "\r\n").head.keep_alive);
    CHECK(Reply("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length + "\r\n").head.keep_alive);
    // RFC 9112 6.1 and 6.3: framed twice, or by a coding that its version does not have.
    CHECK_FALSE(Reply(ok(length + "Transfer-Encoding: chunked\r\n")).head.keep_alive);
    CHECK_FALSE(Reply("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .head.keep_alive);
}

TEST_CASE("a reply may repeat headers, and holds as many as servers send") {
    Reply cookies(ok("Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Type: x\r\nContent-Length: 1\r\n"));
    CHECK(cookies.head.headers.size() == 4);
    CHECK(cookies.head.headers[1].line == "Set-Cookie: b\r\n");
    CHECK(cookies.head.header("set-cookie") == "a");
    std::string many;
    for (int i = 0; i < 500; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    CHECK_FALSE(is_refused(ok(many)));
    CHECK(is_refused(ok(many + "X-500: 1\r\n")));
}

TEST_CASE("trailers are sound when they are plain fields that may come late") {
    for (const char* text :
         {"", "X-A: 1\r\n", "X-A: 1\r\nX-B:\r\n", "Server-Timing: a;dur=1\r\n", "Grpc-Status: 0\r\n"}) {
        INFO(text);
        CHECK(trailers_are_sound(text));
    }
    for (const char* text : {"X-A\r\n",
                             "X-A: 1",
                             "X-A: 1\n",
                             "X-A: 1\r\n b\r\n",
                             "X A: 1\r\n",
                             ": 1\r\n",
                             "X-A: \x01\r\n",
                             "\r\n",
                             "Content-Length: 5\r\n",
                             "transfer-encoding: chunked\r\n",
                             "Host: h\r\n",
                             "Authorization: x\r\n",
                             "X-Api-Key: x\r\n",
                             "api-key: x\r\n",
                             "Connection: close\r\n",
                             "Upgrade: websocket\r\n",
                             "Content-Type: a/b\r\n",
                             "Content-Encoding: gzip\r\n",
                             "Range: bytes=0-\r\n",
                             "TE: trailers\r\n",
                             "X-A: 1\r\nContent-Length: 5\r\n"}) {
        INFO(text);
        CHECK_FALSE(trailers_are_sound(text));
    }
}

TEST_CASE("the headers of one hop are known by name") {
    for (const char* name : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Transfer-Encoding",
                             "Upgrade", "Proxy-Authenticate", "Proxy-Authorization", "connection", "te"}) {
        INFO(name);
        CHECK(is_hop_by_hop(name));
    }
    for (const char* name :
         {"", "Content-Length", "Trailer", "Authorization", "Keep-Alives", "Connectio", "Tf"}) {
        INFO(name);
        CHECK_FALSE(is_hop_by_hop(name));
    }
}

TEST_CASE("a word of a list is found whole, in any case") {
    CHECK(list_holds("close", "close"));
    CHECK(list_holds(" a ,\tClose ,b", "close"));
    CHECK(list_holds("a,,close", "close"));
    CHECK_FALSE(list_holds("", "close"));
    CHECK_FALSE(list_holds("closed, not-close", "close"));
    CHECK_FALSE(list_holds("a close", "close"));
}

}  // namespace
}  // namespace aihub::http
