#include "shared/accesslog/line.hpp"

#include <catch2/catch.hpp>

using namespace aihub::accesslog;

namespace {

// What the gateway writes.
constexpr std::string_view own =
    R"({"time":"2026-01-31T09:30:00+01:00","remote_addr":"192.168.1.7","forwarded_for":"-","request_method":"POST",)"
    R"("request_uri":"/v1/chat/completions","status":200,"request_time":1.204,"body_bytes_sent":812,)"
    R"("bytes_sent":1034,"http_referer":"-","user_agent":"curl/7.88.1","api_key":"ahk_…x7Qz",)"
    R"("upstream_addr":"127.0.0.1:11434","upstream_status":"200","upstream_response_time":"1.201",)"
    R"("request_id":"4f1c2d9a8b7e6f50","user":"anna","key_id":"k_12","model":"llama3.2:3b","service":"ollama",)"
    R"("reason":"least_busy","overhead_ms":0.213,"ttft_ms":87,"tokens_in":12,"tokens_out":40,)"
    R"("cost_micro":520,"usage_id":77})";

struct Reader {
    Entry read(std::string_view line) {
        Entry entry;
        std::optional<std::string> wrong = parser.parse(line, entry);
        INFO("line: " << line);
        INFO("refused: " << wrong.value_or(""));
        REQUIRE_FALSE(wrong);
        return entry;
    }
    std::string refusal(std::string_view line) {
        Entry entry;
        return parser.parse(line, entry).value_or("taken");
    }

    LineParser parser;
};

constexpr std::string_view combined =
    R"(10.1.2.3 - bob [31/Jan/2026:09:30:00 +0100] "GET /a?b=1 HTTP/1.1" 404 612 "http://x/" "curl/7.88.1")";

}  // namespace

TEST_CASE_METHOD(Reader, "a line of the gateway gives all it says") {
    Entry e = read(own);
    CHECK(e.time_ms == 1769848200000);
    CHECK(e.remote_addr == "192.168.1.7");
    CHECK(e.forwarded_for.empty());
    CHECK(e.method == "POST");
    CHECK(e.uri == "/v1/chat/completions");
    CHECK(e.path == "/v1/chat/completions");
    CHECK(e.status == 200);
    CHECK(e.request_time_ms == 1204);
    CHECK(e.body_bytes_sent == 812);
    CHECK(e.bytes_sent == 1034);
    CHECK(e.referer.empty());
    CHECK(e.user_agent == "curl/7.88.1");
    CHECK(e.tells_key);
    CHECK(e.key_hint == "ahk_…x7Qz");
    CHECK(e.key_id == "k_12");
    CHECK(e.upstream_addr == "127.0.0.1:11434");
    CHECK(e.upstream_status == "200");
    CHECK(e.upstream_response_time_ms == 1201);
    CHECK(e.request_id == "4f1c2d9a8b7e6f50");
    CHECK(e.user == "anna");
    CHECK(e.model == "llama3.2:3b");
    CHECK(e.service == "ollama");
    CHECK(e.reason == "least_busy");
    CHECK(e.overhead_us == 213);
    CHECK(e.ttft_ms == 87);
    CHECK(e.tokens_in == 12);
    CHECK(e.tokens_out == 40);
    CHECK(e.cost_micro == 520);
    CHECK(e.usage_id == 77);
}

TEST_CASE_METHOD(Reader, "a line of the combined format gives what it has, and no key") {
    Entry e = read(combined);
    CHECK(e.time_ms == 1769848200000);
    CHECK(e.remote_addr == "10.1.2.3");
    CHECK(e.user == "bob");
    CHECK(e.method == "GET");
    CHECK(e.uri == "/a?b=1");
    CHECK(e.path == "/a");
    CHECK(e.status == 404);
    CHECK(e.body_bytes_sent == 612);
    CHECK(e.bytes_sent == 612);
    CHECK(e.referer == "http://x/");
    CHECK(e.user_agent == "curl/7.88.1");
    CHECK(e.request_time_ms == 0);
    CHECK(e.key_hint.empty());
    CHECK_FALSE(e.tells_key);
}

TEST_CASE_METHOD(Reader, "both formats may take turns in one log") {
    CHECK(read(own).status == 200);
    CHECK(read(combined).status == 404);
    CHECK(read(own).tokens_out == 40);
    Entry e = read(combined);
    CHECK_FALSE(e.tokens_out);
    CHECK(e.key_hint.empty());
}

TEST_CASE_METHOD(Reader, "a key in clear leaves as a hint and the start of its digest") {
    std::string line = R"({"status":200,"api_key":"a-secret-of-somebody","request_uri":"/"})";
    Entry e = read(line);
    CHECK(e.key_hint == "a-s…body");
    CHECK(e.key_id == "bc4747e87b03b65a");
    CHECK(read(R"({"status":200,"http_authorization":"Bearer a-secret-of-somebody"})").key_id ==
          "bc4747e87b03b65a");
    CHECK(read(R"({"status":200,"authorization":"Basic dXNlcjpwYXNzd29yZA=="})").key_hint == "…");
    CHECK(read(R"({"status":200,"api_key":"tooshort"})").key_hint == "…");
    CHECK(read(R"({"status":200,"api_key":"another secret"})").key_id != "bc4747e87b03b65a");
}

TEST_CASE_METHOD(Reader, "no key is one by any way of saying nothing") {
    for (std::string_view key : {R"("-")", R"("")", "null", "-", ""}) {
        std::string line = R"({"status":200,"api_key":)" + std::string(key) + R"(,"request_uri":"/"})";
        Entry e = read(line);
        CHECK(e.key_hint.empty());
        CHECK(e.key_id.empty());
        CHECK(e.tells_key);
        CHECK(e.uri == "/");
    }
}

TEST_CASE_METHOD(Reader, "secrets in queries and referers are masked") {
    Entry e = read(
        R"({"status":200,"request_uri":"/a?api_key=s3cret&b=1","http_referer":"http://x/?token=s3cret"})");
    CHECK(e.uri == "/a?api_key=***&b=1");
    CHECK(e.path == "/a");
    CHECK(e.referer == "http://x/?token=***");
    e = read(R"(::1 - - [31/Jan/2026:09:30:00 +0000] "GET /v1/audio/live/ws/s3cret HTTP/1.1" 101 0 "-" "-")");
    CHECK(e.uri == "/v1/audio/live/ws/***");
    CHECK(e.path == "/v1/audio/live/ws/***");
}

TEST_CASE_METHOD(Reader, "zeros and blanks around a line do not count") {
    std::string line = std::string(4096, '\0') + std::string(combined) + "\r";
    CHECK(read(line).user_agent == "curl/7.88.1");
    line = "  " + std::string(own) + " \r";
    CHECK(read(line).usage_id == 77);
}

TEST_CASE_METHOD(Reader, "every line that is cut is refused, wherever it is cut") {
    std::size_t object_end = own.size() - 1;
    for (std::size_t size = 1; size <= object_end; ++size) {
        INFO(size);
        CHECK(refusal(own.substr(0, size)) == "the line is cut: its JSON object does not end");
    }
    for (std::size_t size = 0; size < combined.size(); ++size) {
        INFO(size);
        CHECK(refusal(combined.substr(0, size)) != "taken");
    }
    CHECK(refusal(combined.substr(0, combined.size() - 1)) == "the line is cut: the combined format goes on");
}

TEST_CASE_METHOD(Reader, "two lines that ran into one are refused") {
    CHECK(refusal(std::string(own.substr(0, 40)) + std::string(own)) != "taken");
    CHECK(refusal(std::string(own) + std::string(own)) ==
          "something follows the JSON object: one line holds one");
}

TEST_CASE_METHOD(Reader, "what is no line of a known format is refused in words") {
    CHECK(refusal("") == "the line is empty");
    CHECK(refusal(" \r") == "the line is empty");
    CHECK(refusal("hello").starts_with("neither a JSON object nor the combined format"));
    CHECK(refusal("2026-01-31T09:30:00Z info gateway.started port=8080")
              .starts_with("neither a JSON object nor the combined format"));
    CHECK(refusal("[1,2]").starts_with("neither a JSON object nor the combined format"));
}

TEST_CASE_METHOD(Reader, "a long line is read whole") {
    std::string agent(1 << 20, 'x');
    std::string line = R"({"status":200,"request_uri":"/","user_agent":")" + agent + R"("})";
    CHECK(read(line).user_agent == agent);
}
