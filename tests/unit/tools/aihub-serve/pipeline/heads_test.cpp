#include "tools/aihub-serve/pipeline/heads.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/pipeline/fixture.hpp"

namespace aihub::serve {
namespace {

// The head that a server gets for this request, which came with a valid key in X-API-Key.
class RequestFixture : public Fixture {
public:
    explicit RequestFixture(const std::string& url = "http://model.lan:11434", const std::string& key = "") {
        settings.given_variable("DASHBOARD_API_KEYS", "gateway-key");
        services = {service_config("s", config::ServiceKind::openai, {url})};
        services[0].key = key;
    }
    std::string sent(const std::string& headers, const std::string& version = "1.1") {
        Exchange& x = given_request("POST /s/x HTTP/" + version + "\r\nHost: gateway\r\n" + headers +
                                    "X-API-Key: gateway-key\r\n\r\n");
        if (identify(x)) throw std::runtime_error("the key of a test is unknown");
        return upstream_head(x, catalogue().services()[0]->upstreams[0], "/x?y=z");
    }
};

std::string start(const std::string& lines) {
    return "POST /x?y=z HTTP/1.1\r\nHost: model.lan:11434\r\n" + lines + "\r\n";
}

TEST_CASE("a server gets the request byte for byte, under its own name and without the gateway's key") {
    RequestFixture fixture;
    std::string lines =
        "content-TYPE:application/json\r\nX-Odd:  a  b\t\r\nX-Odd: c\r\nAccept-Encoding: gzip\r\nX-Empty:\r\n"
        "Authorization: Bearer of-the-server\r\nCookie: a=b\r\nContent-Length: 2\r\nX-High: \xe9\r\n";
    CHECK(fixture.sent(lines) == start(lines));
}

TEST_CASE("a service below a path of its server is asked there") {
    RequestFixture fixture("https://hub.example/base/");
    CHECK(fixture.sent("") == "POST /base/x?y=z HTTP/1.1\r\nHost: hub.example\r\n\r\n");
}

TEST_CASE("headers of one hop go no further, nor those that Connection names") {
    RequestFixture fixture;
    CHECK(fixture.sent("Connection: keep-alive, X-Secret\r\nKeep-Alive: timeout=5\r\nTE: "
                       "trailers\r\nProxy-Authorization: x\r\n"
                       "Proxy-Connection: keep-alive\r\nX-Secret: 1\r\nx-secret: 2\r\nX-Kept: 3\r\nUpgrade: "
                       "websocket\r\n"
                       "Expect: 100-continue\r\nContent-Length: 2\r\n") ==
          start("X-Kept: 3\r\nContent-Length: 2\r\n"));
    CHECK(fixture.sent("Connection: X-A\r\nConnection: X-B\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3\r\n") ==
          start("X-C: 3\r\n"));
}

TEST_CASE("Connection cannot take away what the request depends on") {
    RequestFixture fixture;
    CHECK(fixture.sent("Connection: close, Host, Content-Length, Content-Type\r\nContent-Type: "
                       "a/b\r\nContent-Length: 2\r\n") ==
          start("Content-Type: a/b\r\nContent-Length: 2\r\n"));
    CHECK(fixture.sent("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n") ==
          start("Transfer-Encoding: chunked\r\n"));
}

TEST_CASE("an upgrade is asked for again, whatever else Connection says") {
    RequestFixture fixture;
    CHECK(fixture.sent("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n") ==
          start("Upgrade: websocket\r\nSec-WebSocket-Key: x\r\nConnection: Upgrade\r\n"));
    CHECK(
        fixture.sent("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n") ==
        start(""));
}

TEST_CASE("the service's own key is sent unless the client brings credentials") {
    RequestFixture fixture("http://model.lan:11434", "service-key");
    CHECK(fixture.sent("X-A: 1\r\n") == start("X-A: 1\r\nAuthorization: Bearer service-key\r\n"));
    CHECK(fixture.sent("Authorization: Basic eDp5\r\n") == start("Authorization: Basic eDp5\r\n"));
}

TEST_CASE("a request of HTTP/1.0 without a Host gets one") {
    RequestFixture fixture;
    Exchange& x = fixture.given_request("GET /s/x HTTP/1.0\r\nX-A: 1\r\n\r\n");
    CHECK(upstream_head(x, fixture.catalogue().services()[0]->upstreams[0], "/x") ==
          "GET /x HTTP/1.1\r\nX-A: 1\r\nHost: model.lan:11434\r\n\r\n");
}

// The head that a client gets for this reply of a server.
class ReplyFixture : public Fixture {
public:
    ReplyFixture() { services = {service_config("s", config::ServiceKind::openai)}; }

    std::string passed(const std::string& head,
                       const std::string& request = "GET /s/x HTTP/1.1\r\nHost: h\r\n\r\n") {
        text_ = head;
        Exchange& x = given_request(request);
        locate(x);
        http::ResponseHead response;
        if (http::parse_response_head(text_, x.request.method, response))
            throw std::runtime_error("the reply of a test is malformed");
        bool chunked =
            response.framing == http::Framing::chunked || response.framing == http::Framing::until_close;
        return without_overhead(client_head(x, response, chunked && x.request.minor_version == 1));
    }

private:
    // A time is no text to compare.
    static std::string without_overhead(std::string head) {
        std::size_t begin = head.find("X-Aihub-Overhead-Ms: ");
        if (begin != std::string::npos) head.erase(begin, head.find("\r\n", begin) + 2 - begin);
        return head;
    }

    std::string text_;
};

const std::string added = "X-Request-Id: req_1\r\nX-Aihub-Service: s\r\n";

TEST_CASE("a client gets the reply byte for byte, with what the gateway adds at its end") {
    ReplyFixture fixture;
    std::string lines =
        "content-type:text/html\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nETag:  \"x\" \r\nContent-Length: "
        "3\r\nTrailer: X-A\r\n";
    CHECK(fixture.passed("HTTP/1.1 404 Not  Here\r\n" + lines + "\r\n") ==
          "HTTP/1.1 404 Not  Here\r\n" + lines + added + "\r\n");
    CHECK(fixture.passed("HTTP/1.0 200\r\nContent-Length: 3\r\n\r\n") ==
          "HTTP/1.1 200 \r\nContent-Length: 3\r\n" + added + "\r\n");
}

TEST_CASE("a reply's headers of one hop go no further, and its framing is the gateway's") {
    ReplyFixture fixture;
    CHECK(fixture.passed("HTTP/1.1 200 OK\r\nConnection: close, X-S\r\nKeep-Alive: x\r\nX-S: "
                         "1\r\nProxy-Authenticate: x\r\n"
                         "Upgrade: h2c\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n" + added + "\r\n");
    CHECK(fixture.passed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + added + "\r\n");
    CHECK(fixture.passed("HTTP/1.1 200 OK\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + added + "\r\n");
}

TEST_CASE("Connection says what the client must know") {
    ReplyFixture fixture;
    std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + added;
    CHECK(fixture.passed(reply, "GET /s/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") ==
          start + "Connection: close\r\n\r\n");
    CHECK(fixture.passed(reply, "GET /s/x HTTP/1.0\r\n\r\n") == start + "Connection: close\r\n\r\n");
    CHECK(fixture.passed(reply, "GET /s/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") ==
          start + "Connection: keep-alive\r\n\r\n");
}

TEST_CASE("a switch of protocols is said again") {
    ReplyFixture fixture;
    std::string request = "GET /s/x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    CHECK(fixture.passed(
              "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
              request) == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" + added +
                              "Connection: Upgrade\r\n\r\n");
}

TEST_CASE("route headers of a gateway behind this one give way to its own; the stream's name stays") {
    ReplyFixture fixture;
    CHECK(fixture.passed("HTTP/1.1 200 OK\r\nX-Aihub-Service: inner\r\nx-aihub-reason: only "
                         "server\r\nX-Aihub-Stream: s1\r\nX-Aihub-Overhead-Ms: 0.123\r\nContent-Length: "
                         "0\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nX-Aihub-Stream: s1\r\nContent-Length: 0\r\n" + added + "\r\n");
}

TEST_CASE("a server's own request id stays") {
    ReplyFixture fixture;
    CHECK(fixture.passed("HTTP/1.1 200 OK\r\nX-Request-ID: theirs\r\nContent-Length: 0\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nX-Request-ID: theirs\r\nContent-Length: 0\r\nX-Aihub-Service: s\r\n\r\n");
}

TEST_CASE("at the root the gateway's CORS headers replace a server's, below a prefix the server's stay") {
    std::string reply =
        "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: http://server\r\nContent-Length: 0\r\n\r\n";
    std::string origin = "Host: h\r\nOrigin: http://page\r\n\r\n";
    ReplyFixture fixture;
    CHECK(fixture.passed(reply, "GET /v1/x HTTP/1.1\r\n" + origin) ==
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nAccess-Control-Allow-Origin: "
          "*\r\nAccess-Control-Expose-Headers: *\r\n"
          "X-Request-Id: req_1\r\n\r\n");
    CHECK(fixture.passed(reply, "GET /s/x HTTP/1.1\r\n" + origin)
              .find("Access-Control-Allow-Origin: http://server\r\n") != std::string::npos);
}

TEST_CASE("an interim reply passes without what concerns one hop") {
    std::string text = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: close\r\n\r\n";
    http::ResponseHead response;
    REQUIRE_FALSE(http::parse_response_head(text, "GET", response));
    CHECK(interim_head(response) == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
}

std::string cors_of(Fixture& fixture, const std::string& path, const std::string& origin) {
    Exchange& x = fixture.given_request("GET " + path, origin.empty() ? "" : "Origin: " + origin + "\r\n");
    locate(x);
    return cors_headers(x);
}

TEST_CASE("browsers are let in by the origins of the settings, at the root only") {
    Fixture fixture;
    fixture.settings.given_variable("OLLAMA_ORIGINS", "http://192.168.*:3000, https://page.example");
    for (const char* origin : {"http://192.168.1.5:3000", "https://page.example", "HTTPS://PAGE.example",
                               "http://192.168.:3000"}) {
        INFO(origin);
        std::string headers = cors_of(fixture, "/v1/models", origin);
        CHECK(headers.starts_with("Access-Control-Allow-Origin: " + std::string(origin) + "\r\n"));
        CHECK(headers.find("Vary: Origin\r\n") != std::string::npos);
        CHECK(headers.find("Credentials") == std::string::npos);
    }
    for (const char* origin :
         {"", "null", "http://page.example", "https://page.example.evil", "https://evil-page.example",
          "http://192.168.1.5:30000", "http://192.169.1.5:3000", "https://page.exampl"}) {
        INFO(origin);
        CHECK(cors_of(fixture, "/v1/models", origin).empty());
    }
    CHECK_FALSE(cors_of(fixture, "/api/tags", "https://page.example").empty());
    CHECK(cors_of(fixture, "/admin/api/users", "https://page.example").empty());
    CHECK(cors_of(fixture, "/user/api/keys", "https://page.example").empty());
    CHECK(cors_of(fixture, "/health", "https://page.example").empty());
}

}  // namespace
}  // namespace aihub::serve
