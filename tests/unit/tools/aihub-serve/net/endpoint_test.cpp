#include <catch2/catch.hpp>

#include "tools/aihub-serve/net/listener.hpp"

namespace aihub::net {
namespace {

using namespace std::string_literals;

TEST_CASE("an address to listen on is read and written") {
    for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:8080", "[::]:65535", "[2001:db8::1]:1"}) {
        INFO(text);
        Result<Endpoint> endpoint = parse_endpoint(text);
        REQUIRE(endpoint);
        CHECK(to_text(*endpoint) == text);
    }
    CHECK(to_text(*parse_endpoint("localhost:80")) == "127.0.0.1:80");
}

TEST_CASE("what is no address to listen on is refused with an example of one") {
    for (const std::string& text : {""s,
                                    "8080"s,
                                    ":8080"s,
                                    "127.0.0.1"s,
                                    "127.0.0.1:"s,
                                    "127.0.0.1:x"s,
                                    "127.0.0.1:65536"s,
                                    "127.0.0.1:-1"s,
                                    "127.0.0.1:+80"s,
                                    "127.0.0.1: 80"s,
                                    " 127.0.0.1:80"s,
                                    "127.0.0.256:80"s,
                                    "127.0.0:80"s,
                                    "example.org:80"s,
                                    "[::1]"s,
                                    "[]:80"s,
                                    "[::1:80"s,
                                    "::1]:80"s,
                                    "*:80"s,
                                    "127.0.0.1:80:80"s}) {
        INFO(text);
        Result<Endpoint> endpoint = parse_endpoint(text);
        REQUIRE_FALSE(endpoint);
        CHECK(endpoint.error().code == aihub::ErrorCode::invalid_input);
        CHECK(endpoint.error().hint.find("127.0.0.1:8080") != std::string::npos);
    }
}

}  // namespace
}  // namespace aihub::net
