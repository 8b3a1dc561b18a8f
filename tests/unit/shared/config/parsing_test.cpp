#include <catch2/catch.hpp>

#include "shared/config/address.hpp"
#include "shared/config/base_url.hpp"
#include "shared/config/dotenv.hpp"
#include "shared/config/json_tree.hpp"

namespace aihub::config {
namespace {

std::string only_value(std::string_view text) {
    Result<std::vector<DotenvEntry>> entries = parse_dotenv(text);
    REQUIRE(entries);
    REQUIRE(entries->size() == 1);
    return entries->front().name + "|" + entries->front().value + "|" + std::to_string(entries->front().line);
}

TEST_CASE("a .env line is a name, an equals sign and a value") {
    CHECK(only_value("A=b") == "A|b|1");
    CHECK(only_value("\n# comment\n  A = b c \r\n") == "A|b c|3");
    CHECK(only_value("export A=b") == "A|b|1");
    CHECK(only_value("exported=b") == "exported|b|1");
    CHECK(only_value("A=") == "A||1");
    CHECK(only_value("A=b=c") == "A|b=c|1");
    CHECK(only_value("\xEF\xBB\xBF"
                     "A=b") == "A|b|1");
}

TEST_CASE("one pair of quotes is removed, and nothing is expanded") {
    CHECK(only_value("A=\"b c\"") == "A|b c|1");
    CHECK(only_value("A='b # c'  # why") == "A|b # c|1");
    CHECK(only_value("A=\"\"") == "A||1");
    CHECK(only_value("A=\"'b'\"") == "A|'b'|1");
    CHECK(only_value("A=\"b") == "A|\"b|1");
    CHECK(only_value("A=\"b\"c") == "A|\"b\"c|1");
    CHECK(only_value("A=${HOME}") == "A|${HOME}|1");
    CHECK(only_value("A=b # why") == "A|b|1");
    CHECK(only_value("A=b#c") == "A|b#c|1");
}

TEST_CASE("a .env line that is none is an error with its number") {
    for (const char* text : {"A=1\nB", "A=1\n=2", "A=1\nA B=2", "A=1\nexport"}) {
        INFO(text);
        Result<std::vector<DotenvEntry>> entries = parse_dotenv(text);
        REQUIRE_FALSE(entries);
        CHECK(entries.error().message == "2: not a NAME=value line");
    }
}

TEST_CASE("addresses to listen on have an IP address and a port") {
    CHECK(parse_address("127.0.0.1:8080")->text() == "127.0.0.1:8080");
    CHECK(parse_address("localhost:0")->text() == "127.0.0.1:0");
    CHECK(parse_address(":80")->text() == "0.0.0.0:80");
    CHECK(parse_address("[::1]:80")->text() == "[::1]:80");
    for (const char* text : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                             "::1:80", "host:80", "[127.0.0.1]:80", "1.2.3:80", "[::1]", "127.0.0.1:80x"}) {
        INFO(text);
        CHECK_FALSE(parse_address(text));
    }
}

TEST_CASE("loopback is what only this machine reaches") {
    for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost"}) CHECK(is_loopback(host));
    for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com", ""})
        CHECK_FALSE(is_loopback(host));
}

TEST_CASE("a base URL gets its port and loses the slash at its end") {
    CHECK(*normalise_base_url("http://Host") == "http://host:80");
    CHECK(*normalise_base_url("HTTPS://host/") == "https://host:443");
    CHECK(*normalise_base_url("http://[::1]:1/a/B//") == "http://[::1]:1/a/B");
    CHECK(*normalise_base_url("http://[::1]") == "http://[::1]:80");
    for (const char* text :
         {"", "host:80", "ftp://host", "http://", "http://:80", "http://host:0", "http://host:65536",
          "http://host:", "http://ho st", "http://host/a b", "http://host/?q", "http://host/#f",
          "http://user@host", "http://host\n", "http://[::1", "http://[zz]:1"}) {
        INFO(text);
        CHECK_FALSE(normalise_base_url(text));
    }
}

TEST_CASE("JSON that is nested beyond any sense is refused, not crashed on") {
    CHECK(parse_json(std::string(100'000, '[')).error().message == "1: nested too deeply");
    CHECK_FALSE(parse_json("{\"a\": \"\xff\"}"));
    CHECK_FALSE(parse_json("[,]"));
    CHECK_FALSE(parse_json("[1,,]"));
    CHECK_FALSE(parse_json("{\"a\":1} x"));
    CHECK_FALSE(parse_json("/* never closed"));
}

TEST_CASE("every JSON value knows its line") {
    Result<JsonNode> root = parse_json("{\n \"a\": 1,\n \"b\":\n [1,\n 2\n ],\n \"c\": \"x\"\n}");
    REQUIRE(root);
    CHECK(root->members.at(0).second.line == 2);
    CHECK(root->members.at(1).second.line == 3);
    CHECK(root->members.at(1).second.items.at(1).line == 5);
    CHECK(root->members.at(2).second.line == 7);
}

}  // namespace
}  // namespace aihub::config
