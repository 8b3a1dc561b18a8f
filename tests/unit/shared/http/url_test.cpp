#include "shared/http/url.hpp"

#include <catch2/catch.hpp>

namespace aihub::http {
namespace {

using namespace std::string_literals;

Url parsed(const std::string& text) {
    Result<Url> url = parse_url(text);
    if (!url) FAIL(url.error().message);
    return *url;
}

TEST_CASE("a base URL is taken apart") {
    Url url = parsed("http://Model-Server_1.lan:11434/base/path//");
    CHECK_FALSE(url.tls);
    CHECK(url.host == "Model-Server_1.lan");
    CHECK(url.port == 11434);
    CHECK(url.path == "/base/path");
    CHECK(url.authority == "Model-Server_1.lan:11434");
    CHECK(url.text() == "http://Model-Server_1.lan:11434/base/path");
}

TEST_CASE("the port of a scheme is its default and does not show") {
    CHECK(parsed("http://h").port == 80);
    CHECK(parsed("https://h/").port == 443);
    CHECK(parsed("HTTPS://h").tls);
    CHECK(parsed("http://h:80").authority == "h");
    CHECK(parsed("https://h:443/x").text() == "https://h/x");
    CHECK(parsed("https://h:80").authority == "h:80");
    CHECK(parsed("http://h/").path.empty());
    CHECK(parsed("http://h:65535").port == 65535);
}

TEST_CASE("an IPv6 address stands in brackets outside and without them inside") {
    Url url = parsed("http://[2001:db8::1]:8080/v1");
    CHECK(url.host == "2001:db8::1");
    CHECK(url.authority == "[2001:db8::1]:8080");
    CHECK(parsed("http://[::1]").authority == "[::1]");
    CHECK(parsed("http://[::ffff:127.0.0.1]").host == "::ffff:127.0.0.1");
}

TEST_CASE("what is no base URL is refused with a sentence") {
    for (const std::string& text : {""s,
                                    "h"s,
                                    "h:80"s,
                                    "//h"s,
                                    "ftp://h"s,
                                    "http:/h"s,
                                    "http://"s,
                                    "http:///x"s,
                                    "http://:80"s,
                                    "http://h:"s,
                                    "http://h:0"s,
                                    "http://h:65536"s,
                                    "http://h:99999999999999999999"s,
                                    "http://h:8x"s,
                                    "http://h:-1"s,
                                    "http://h:+80"s,
                                    "http://h:80:80"s,
                                    "http://u@h"s,
                                    "http://u:p@h"s,
                                    "http://h/?q"s,
                                    "http://h?q"s,
                                    "http://h/#f"s,
                                    "http://h#f"s,
                                    "http://a b"s,
                                    " http://h"s,
                                    "http://h/a b"s,
                                    "http://h\t"s,
                                    "http://h/\r\nX: 1"s,
                                    "http://h\\x"s,
                                    "http://h/\\x"s,
                                    "http://h\0"s,
                                    "http://h/\0"s,
                                    "http://h/\x01"s,
                                    "http://h/\x7f"s,
                                    "http://h/\xc3\xa9"s,
                                    "http://h\xc3\xa9"s,
                                    "http://h,i"s,
                                    "http://*"s,
                                    "http://[]"s,
                                    "http://[::1"s,
                                    "http://::1"s,
                                    "http://[::1]x"s,
                                    "http://[::1]80"s,
                                    "http://[h]"s,
                                    "http://[1.2.3.4]"s,
                                    "http://h]"s}) {
        INFO(text);
        Result<Url> url = parse_url(text);
        REQUIRE_FALSE(url);
        CHECK(url.error().code == ErrorCode::invalid_input);
        CHECK(url.error().message.find('\n') == std::string::npos);
        CHECK_FALSE(url.error().hint.empty());
    }
}

TEST_CASE("a URL that is written and read again is the same") {
    for (const char* text : {"http://h", "https://h:8443/a/b", "http://[::1]:1/x", "https://[fe80::1]"}) {
        Url once = parsed(text);
        Url twice = parsed(once.text());
        CHECK(once.text() == text);
        CHECK(twice.text() == text);
        CHECK(twice.authority == once.authority);
        CHECK(twice.port == once.port);
    }
}

}  // namespace
}  // namespace aihub::http
