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

TEST_CASE("a taken port is named with its holder and the way to another") {
    Loop loop;
    Result<Acceptor> first = bind_listener(loop, *parse_endpoint("127.0.0.1:0"), true);
    REQUIRE(first);
    Endpoint taken = first->local_endpoint();
    Result<Acceptor> second = bind_listener(loop, taken, true);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == aihub::ErrorCode::conflict);
    CHECK(second.error().message.find("port " + std::to_string(taken.port()) + " is taken by unit_tests") !=
          std::string::npos);
    CHECK(second.error().hint.find("GATEWAY_PORT") != std::string::npos);
}

TEST_CASE("loops share a port, and a stranger to them may not") {
    Loop one;
    Loop two;
    Result<Acceptor> first = bind_listener(one, *parse_endpoint("127.0.0.1:0"), false);
    REQUIRE(first);
    CHECK(bind_listener(two, first->local_endpoint(), false));
    CHECK_FALSE(bind_listener(two, first->local_endpoint(), true));
}

TEST_CASE("an address of another machine cannot be listened on") {
    Loop loop;
    Result<Acceptor> acceptor = bind_listener(loop, *parse_endpoint("192.0.2.1:0"), true);
    REQUIRE_FALSE(acceptor);
    CHECK(acceptor.error().code == aihub::ErrorCode::io);
    CHECK(acceptor.error().hint.find("--listen") != std::string::npos);
}

}  // namespace
}  // namespace aihub::net
