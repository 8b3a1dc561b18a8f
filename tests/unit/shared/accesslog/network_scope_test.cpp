#include "shared/accesslog/network_scope.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace aihub::accesslog;

namespace {

struct Case {
    const char* scope;
    std::vector<const char*> addresses;
};

}  // namespace

TEST_CASE("each network has its scope, up to its borders") {
    const Case cases[] = {
        {"Loopback", {"127.0.0.1", "127.255.255.255", "::1"}},
        {"Private", {"10.0.0.0",         "10.255.255.255",  "172.16.0.0",   "172.31.255.255",
                     "192.168.0.0",      "192.168.255.255", "169.254.1.1",  "0.0.0.0",
                     "0.255.255.255",    "192.0.0.7",       "192.0.0.171",  "192.0.2.1",
                     "198.18.0.0",       "198.19.255.255",  "198.51.100.1", "203.0.113.1",
                     "240.0.0.0",        "255.255.255.255", "fe80::1",      "fe80::1%eth0",
                     "febf::1",          "fc00::",          "fdff:ffff::1", "2001:db8::1",
                     "2001::1",          "2001:1ff:ffff::", "::",           "::ffff:8.8.8.8",
                     "::ffff:127.0.0.1", "100::1"}},
        {"Tailscale", {"100.64.0.0", "100.100.100.100", "100.127.255.255", "fd7a:115c:a1e0::1"}},
        {"Reserved",
         {"224.0.0.1", "239.255.255.255", "ff02::1", "4000::1", "64:ff9b::1", "::2", "200::1", "fe00::1",
          "e000::1", "100:0:0:1::"}},
        {"Public",
         {"8.8.8.8",         "1.0.0.0",         "9.255.255.255", "11.0.0.0",        "100.63.255.255",
          "100.128.0.0",     "126.255.255.255", "128.0.0.0",     "169.253.255.255", "169.255.0.0",
          "172.15.255.255",  "172.32.0.0",      "192.0.0.8",     "192.0.1.0",       "192.167.255.255",
          "192.169.0.0",     "198.17.255.255",  "198.20.0.0",    "223.255.255.255", "2001:200::",
          "2001:db7:ffff::", "2001:db9::",      "2a00:1450::1",  "3fff:ffff::"}},
        {"Unknown",
         {"", "-", "unix:", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ",
          " 1.2.3.4", "1.2.3.-4", "1..2.3", ":::", "12345::", "::g", "1.2.3.4:80", "[::1]",
          "1:2:3:4:5:6:7:8:9", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}},
    };
    for (const Case& row : cases)
        for (const char* address : row.addresses) {
            INFO(address);
            CHECK(name(network_scope(address)) == row.scope);
        }
}

TEST_CASE("an address with a zero byte in it is none") {
    CHECK(network_scope(std::string_view("::1\0", 4)) == NetworkScope::unknown);
    CHECK(network_scope(std::string_view("127.0.0.1\0", 10)) == NetworkScope::unknown);
}
