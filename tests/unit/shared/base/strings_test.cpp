#include "shared/base/strings.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <limits>

namespace aihub {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    append_json_escaped(out, text);
    return out;
}

TEST_CASE("ASCII case is ignored where asked, and only ASCII's") {
    CHECK(iequals("Content-Type", "content-tYPE"));
    CHECK_FALSE(iequals("a", "ab"));
    CHECK_FALSE(iequals("[", "{"));
    CHECK(istarts_with("Bearer x", "bearer "));
    CHECK_FALSE(istarts_with("Bea", "bearer"));
    CHECK(to_lower("ÄBC@[") == "Äbc@[");
}

TEST_CASE("splitting keeps empty pieces, a list drops them") {
    CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
    CHECK(split("", ',') == std::vector<std::string_view>{""});
    CHECK(split_list(" a , ,b\t,") == std::vector<std::string>{"a", "b"});
    CHECK(split_list("").empty());
    CHECK(trim(" \t a b \t") == "a b");
}

TEST_CASE("a number is digits and nothing else") {
    CHECK(parse_unsigned("0") == 0U);
    CHECK(parse_unsigned("18446744073709551615") == UINT64_MAX);
    CHECK(parse_unsigned("ff", 16) == 255U);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "1x", "0x10", "18446744073709551616"}) {
        INFO(text);
        CHECK_FALSE(parse_unsigned(text));
    }
}

TEST_CASE("base64 is decoded with and without padding") {
    CHECK(decode_base64("YWhrOg==") == "ahk:");
    CHECK(decode_base64("YWhrOg") == "ahk:");
    CHECK(decode_base64("") == "");
    CHECK(decode_base64("-_-_") == decode_base64("+/+/"));
    CHECK_FALSE(decode_base64("YWhrO"));
    CHECK_FALSE(decode_base64("YW rO"));
}

TEST_CASE("percent escapes are decoded, broken ones refused") {
    CHECK(decode_percent("a%2Fb%20c+") == "a/b c+");
    for (const char* text : {"%", "%2", "%2g", "a%"}) CHECK_FALSE(decode_percent(text));
}

TEST_CASE("text inside JSON is escaped, and bytes that are no UTF-8 are replaced") {
    CHECK(escaped("a\"b\\c\n\x7f") == "a\\\"b\\\\c\\u000a\\u007f");
    CHECK(escaped("äß€😀") == "äß€😀");
    CHECK(escaped("\xc0\x80") == "\\ufffd\\ufffd");
    CHECK(escaped("\xed\xa0\x80") == "\\ufffd\\ufffd\\ufffd");
    CHECK(escaped("\xf4\x90\x80\x80").substr(0, 6) == "\\ufffd");
    CHECK(escaped("\xe2\x82") == "\\ufffd\\ufffd");
}

TEST_CASE("what another machine sent cannot drive a terminal") {
    CHECK(printable("a\x1b[31m\r\n\x7f") == "a\\x1b[31m\\x0d\\x0a\\x7f");
    CHECK(printable("böb") == "böb");
}

TEST_CASE(
    "the plain beginning of a JSON string ends at the first byte that needs an escape, wherever it stands") {
    for (unsigned special = 0; special < 256; ++special) {
        bool plain = special >= 0x20 && special < 0x7F && special != '"' && special != '\\';
        for (std::size_t at = 0; at < 20; ++at) {
            std::string text(20, '~');
            text[at] = static_cast<char>(special);
            CAPTURE(special, at);
            CHECK(json_plain_prefix(text) == (plain ? text.size() : at));
        }
    }
    CHECK(json_plain_prefix("") == 0);
}

TEST_CASE("thousandths are written as decimals with three places") {
    auto written = [](std::int64_t value) {
        std::array<char, 24> text{};
        return std::string(text.data(), write_thousandths(text.data(), value));
    };
    CHECK(written(0) == "0.000");
    CHECK(written(7) == "0.007");
    CHECK(written(1234) == "1.234");
    CHECK(written(60'000) == "60.000");
    CHECK(written(-5) == "0.000");
    CHECK(written(std::numeric_limits<std::int64_t>::max()) == "9223372036854775.807");
}

}  // namespace
}  // namespace aihub
