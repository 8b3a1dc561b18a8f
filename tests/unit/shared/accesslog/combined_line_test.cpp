#include "shared/accesslog/combined_line.hpp"

#include <catch2/catch.hpp>

using namespace aihub::accesslog;

namespace {

struct Reader {
    std::optional<std::string> parse(std::string_view line) {
        entry = Entry();
        unescaped.begin_line(line.size());
        return read_combined_entry(line, unescaped, entry);
    }
    Entry& read(std::string_view line) {
        std::optional<std::string> wrong = parse(line);
        INFO("line: " << line);
        INFO("refused: " << wrong.value_or(""));
        REQUIRE_FALSE(wrong);
        return entry;
    }

    Unescaped unescaped;
    Entry entry;
};

}  // namespace

TEST_CASE_METHOD(Reader, "what nginx and Apache escape is undone") {
    read(
        R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "GET /\xC3\xA9\x22 HTTP/1.1" 200 1 "-" "\x22Agent\x22 \x5C")");
    CHECK(entry.uri == "/\u00e9\"");
    CHECK(entry.user_agent == "\"Agent\" \\");
    read(R"(10.0.0.1 - \x22q\x22 b [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 - "-" "-")");
    CHECK(entry.user == "\"q\" b");
    read(R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 - "-" "say \"hi\" \\ \t")");
    CHECK(entry.user_agent == "say \"hi\" \\ \t");
    CHECK(entry.body_bytes_sent == 0);
}

TEST_CASE_METHOD(Reader, "a user's name may hold what it likes and changes nothing else") {
    read(
        R"(10.0.0.1 - a [b] [31/Dec/1999:00:00:00 +0000] c [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x")");
    CHECK(entry.time_ms == 1769851800000);
    CHECK(entry.user == "a [b] [31/Dec/1999:00:00:00 +0000] c");
    CHECK(entry.status == 200);
}

TEST_CASE_METHOD(Reader, "requests that were none are kept") {
    read(R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "\x16\x03\x01\x02" 400 157 "-" "-")");
    CHECK(entry.method.empty());
    CHECK(entry.uri == "\x16\x03\x01\x02");
    read(R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "-" 408 0 "-" "-")");
    CHECK(entry.uri.empty());
    CHECK(entry.status == 408);
    read(R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "" 400 0 "-" "-")");
    CHECK(entry.uri.empty());
}

TEST_CASE_METHOD(Reader, "more fields may follow") {
    read(
        R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "curl" rt=0.001 uct="-" host "x")");
    CHECK(entry.user_agent == "curl");
    CHECK(entry.forwarded_for.empty());
}

TEST_CASE_METHOD(Reader, "X-Forwarded-For right behind is taken for what it is, other texts are not") {
    std::string start = R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "curl" )";
    CHECK(read(start + R"("203.0.113.9, 10.0.0.2")").forwarded_for == "203.0.113.9, 10.0.0.2");
    CHECK(read(start + R"("-")").forwarded_for.empty());
    CHECK(read(start + R"("0.012")").forwarded_for.empty());
    CHECK(read(start + R"("unclosed)").forwarded_for.empty());
}

TEST_CASE_METHOD(Reader, "times may be ISO 8601") {
    read(R"(172.10.10.10 - - [2023-01-31T00:00:02.146+00:00] "POST /a HTTP/1.1" 204 0 "-" "x" "-" 0.034)");
    CHECK(entry.time_ms == 1675123202146);
}

TEST_CASE_METHOD(Reader, "what is not combined is refused with the reason") {
    CHECK(*parse(R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 612)") ==
          "no referer and user agent: the line is cut, or the format is not combined");
    CHECK(*parse(R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" ok 612 "-" "-")") ==
          R"(the status "ok" is not a number of three digits)");
    CHECK(*parse(R"(10.0.0.1 - - [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 many "-" "-")") ==
          R"(the count of bytes "many" is not a number)");
    CHECK(parse(R"(10.0.0.1 - - [31/Foo/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-")")
              ->starts_with(R"(the time "31/Foo/2026:09:30:00 +0000" is not one of)"));
    CHECK(parse(R"([31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-")"));
    CHECK(parse(R"(10.0.0.1 - - 31/Jan/2026:09:30:00 "GET / HTTP/1.1" 200 1 "-" "-")")
              ->starts_with("neither a JSON object nor the combined format"));
}
