#include "shared/accesslog/client.hpp"

#include <catch2/catch.hpp>

using namespace aihub;
using namespace aihub::accesslog;

namespace {

TrustedProxies trust(std::string_view list) {
    Result<TrustedProxies> proxies = TrustedProxies::parse(list);
    REQUIRE(proxies);
    return *proxies;
}

}  // namespace

TEST_CASE("who is connected is the client while no proxy is trusted") {
    CHECK(client_of("198.51.100.9", "1.1.1.1", TrustedProxies()) == "198.51.100.9");
    CHECK(client_of("198.51.100.9", "", TrustedProxies()) == "198.51.100.9");
    CHECK(client_of("unix:", "1.1.1.1", TrustedProxies()) == "unix:");
}

TEST_CASE("only a trusted proxy is believed") {
    TrustedProxies trusted = trust("10.0.0.0/8, fd00::/8");
    CHECK(client_of("10.0.0.1", "1.1.1.1", trusted) == "1.1.1.1");
    CHECK(client_of("fd00::5", "2a00::1", trusted) == "2a00::1");
    CHECK(client_of("198.51.100.9", "1.1.1.1", trusted) == "198.51.100.9");
}

TEST_CASE("what a client puts before the proxies' part of the list changes nothing") {
    TrustedProxies trusted = trust("10.0.0.0/8");
    CHECK(client_of("10.0.0.1", "6.6.6.6, 10.9.9.9, 1.1.1.1", trusted) == "1.1.1.1");
    CHECK(client_of("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", trusted) == "1.1.1.1");
    CHECK(client_of("10.0.0.1", "10.0.0.3,10.0.0.2", trusted) == "10.0.0.3");
}

TEST_CASE("where the list makes no sense the proxy that passed it on is the client") {
    TrustedProxies trusted = trust("10.0.0.0/8");
    for (const char* list : {"unknown", "1.1.1.1, unknown", "", ",", "1.1.1.1,", "_hidden"}) {
        INFO(list);
        CHECK(client_of("10.0.0.1", list, trusted) == "10.0.0.1");
    }
    CHECK(client_of("10.0.0.1", "1.1.1.1, unknown, 10.0.0.2", trusted) == "10.0.0.2");
}

TEST_CASE("ports, brackets and mapped addresses do not make another client") {
    TrustedProxies trusted = trust("10.0.0.0/8,::1");
    CHECK(client_of("::ffff:10.0.0.1", "1.1.1.1:4711", trusted) == "1.1.1.1");
    CHECK(client_of("10.0.0.1", "[2a00::1]:80", trusted) == "2a00::1");
    CHECK(client_of("::1", "[2a00::2]", trusted) == "2a00::2");
    CHECK(client_of("10.0.0.1", "::FFFF:1.2.3.4", trusted) == "1.2.3.4");
    CHECK(client_of("::ffff:1.2.3.4", "", TrustedProxies()) == "1.2.3.4");
    CHECK(client_of("10.0.0.1", "[", trusted) == "10.0.0.1");
}

TEST_CASE("a list of proxies has addresses and networks, and what is none is named") {
    TrustedProxies trusted = trust(" 10.0.0.0/8 , 192.168.1.1,2001:db8::/33, 0.0.0.0/0");
    auto holds = [&](std::string_view text) { return trusted.contains(*parse_ip(text)); };
    CHECK(holds("200.1.1.1"));
    CHECK(holds("2001:db8:7fff::1"));
    CHECK_FALSE(holds("2001:db8:8000::1"));
    CHECK_FALSE(holds("::1"));
    CHECK(trust("").empty());
    for (const char* wrong : {"10.0.0.0/33", "proxy.example", "10.0.0.0/", "::1/129", "10.0.0/8", "/8"}) {
        INFO(wrong);
        Result<TrustedProxies> result = TrustedProxies::parse(std::string("127.0.0.1,") + wrong);
        REQUIRE_FALSE(result);
        CHECK(result.error().message == "\"" + std::string(wrong) + "\" is no address and no network");
        CHECK(result.error().code == ErrorCode::invalid_input);
    }
}

TEST_CASE("a network of single bits holds what it should") {
    for (unsigned bits = 0; bits <= 32; ++bits) {
        IpNetwork network = *parse_network("170.85.170.85/" + std::to_string(bits));
        CHECK(network.contains(*parse_ip("170.85.170.85")));
        if (bits == 0) continue;
        std::uint32_t flipped = 0xAA55AA55U ^ (1U << (32 - bits));
        CHECK_FALSE(network.contains(ipv4(flipped)));
    }
}
