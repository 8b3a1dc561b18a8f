#include "shared/log/format.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

namespace aihub::log {
namespace {

constexpr std::int64_t some_time = 1'769'848'200'000;

std::string text(const std::vector<Field>& fields) {
    return format_line(Format::text, some_time, Level::info, "key.created", fields);
}

nlohmann::json json(const std::vector<Field>& fields) {
    return nlohmann::json::parse(format_line(Format::json, some_time, Level::warning, "key.created", fields));
}

TEST_CASE("a text line is time, level, event and the fields") {
    CHECK(text({}) == "2026-01-31T08:30:00Z info key.created");
    CHECK(text({kv("user", "bob"), kv("count", 3), kv("admin", true)}) ==
          "2026-01-31T08:30:00Z info key.created user=bob count=3 admin=true");
}

TEST_CASE("a value that a reader of logfmt could misread is quoted") {
    auto value = [](std::string_view raw) {
        std::string line = text({kv("v", raw)});
        return line.substr(line.find(" v=") + 3);
    };
    CHECK(value("two words") == "\"two words\"");
    CHECK(value("") == "\"\"");
    CHECK(value("a=b") == "\"a=b\"");
    CHECK(value("say \"hi\"") == R"("say \"hi\"")");
    CHECK(value("a\nb\x1b[31m") == R"("a\u000ab\u001b[31m")");
    CHECK(value("back\\slash") == R"("back\\slash")");
    CHECK(value("http://h:1/x?y") == "http://h:1/x?y");
}

TEST_CASE("a line never holds a newline or an escape, whatever a value holds") {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
    for (Format format : {Format::text, Format::json}) {
        std::string line =
            format_line(format, some_time, Level::error, "e", std::vector<Field>{kv("v", bytes)});
        for (char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
    }
}

TEST_CASE("a JSON line is one object with bare numbers and booleans") {
    nlohmann::json line = json({kv("user", "böb \"x\""), kv("count", -3), kv("ok", false), kv("share", 0.5)});
    CHECK(line["time"] == "2026-01-31T08:30:00Z");
    CHECK(line["level"] == "warning");
    CHECK(line["event"] == "key.created");
    CHECK(line["user"] == "böb \"x\"");
    CHECK(line["count"] == -3);
    CHECK(line["ok"] == false);
    CHECK(line["share"] == 0.5);
}

TEST_CASE("a number that JSON has no form for becomes text") {
    CHECK(json({kv("v", std::numeric_limits<double>::quiet_NaN())})["v"].is_string());
    CHECK(json({kv("v", -std::numeric_limits<double>::infinity())})["v"] == "-inf");
}

TEST_CASE("bytes that are no UTF-8 do not spoil a JSON line") {
    CHECK(json({kv("v",
                   "a\xff"
                   "b")})["v"] == "a\uFFFDb");
}

}  // namespace
}  // namespace aihub::log
