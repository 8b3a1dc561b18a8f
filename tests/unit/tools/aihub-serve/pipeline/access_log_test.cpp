#include "tools/aihub-serve/pipeline/access_log.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shared/base/files.hpp"
#include "tests/unit/tools/aihub-serve/pipeline/fixture.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

class LogFixture : public Fixture {
public:
    LogFixture() {
        services = {service_config("ollama", config::ServiceKind::ollama)};
        path = settings.around.folder + "/access.log";
        Result<void> opened = file.open(path);
        if (!opened) throw std::runtime_error(opened.error().message);
    }
    Json written(const Exchange& x) {
        {
            AccessLogBuffer buffer(file);
            buffer.add(x);
        }
        std::string text = read_file(path).value_or("");
        CHECK(text.ends_with("}\n"));
        CHECK(text.find('\n') == text.size() - 1);
        return Json::parse(text);
    }

    AccessLogFile file;
    std::string path;
};

TEST_CASE("a line has nginx's fields in nginx's order, then the gateway's") {
    LogFixture fixture;
    Exchange& x = fixture.given_request(
        "POST /ollama/api/chat?key=secret-1",
        "X-Api-Key: secret-2\r\nUser-Agent: a\"b\r\nReferer: http://h/?token=secret-3\r\n"
        "X-Forwarded-For: 10.0.0.1\r\nContent-Length: 2\r\n");
    locate(x);
    x.status = 200;
    x.body_bytes_sent = 600;
    x.model = "llama3";
    x.upstream_address = "127.0.0.1:9";
    x.upstream_status = 200;
    x.upstream_started_ns = 1'000'000'000;
    x.upstream_ended_ns = 3'005'999'999;
    x.first_byte_ns = x.started_ns + 12'000'000;
    x.usage.feed("{\"prompt_eval_count\":3,\"eval_count\":4}");
    Json line = fixture.written(x);
    std::vector<std::string> names;
    for (const auto& item : line.items()) names.push_back(item.key());
    CHECK(names ==
          std::vector<std::string>{
              "time",       "remote_addr",  "forwarded_for",   "request_method",  "request_uri",
              "status",     "request_time", "body_bytes_sent", "bytes_sent",      "http_referer",
              "user_agent", "api_key",      "upstream_addr",   "upstream_status", "upstream_response_time",
              "request_id", "user",         "key_id",          "model",           "service",
              "reason",     "overhead_ms",  "ttft_ms",         "tokens_in",       "tokens_out",
              "cost_micro", "usage_id"});
    CHECK(line["request_method"] == "POST");
    CHECK(line["request_uri"] == "/ollama/api/chat?key=***");
    CHECK(line["forwarded_for"] == "10.0.0.1");
    CHECK(line["http_referer"] == "http://h/?token=***");
    CHECK(line["user_agent"] == "a\"b");
    CHECK(line["status"] == 200);
    CHECK(line["request_time"].is_number());
    CHECK(line["body_bytes_sent"] == 600);
    CHECK(line["upstream_addr"] == "127.0.0.1:9");
    CHECK(line["upstream_status"] == "200");
    CHECK(line["upstream_response_time"] == "2.005");
    CHECK(line["request_id"] == "req_1");
    CHECK(line["model"] == "llama3");
    CHECK(line["service"] == "ollama");
    CHECK(line["ttft_ms"] == 12);
    CHECK(line["tokens_in"] == 3);
    CHECK(line["tokens_out"] == 4);
    CHECK(line["user"] == "-");
    CHECK(read_file(fixture.path)->find("secret-") == std::string::npos);
}

TEST_CASE("what is not known stands as nginx writes it") {
    LogFixture fixture;
    Exchange& x = fixture.given_request("GET /", "");
    x.status = 404;
    Json line = fixture.written(x);
    CHECK(line["forwarded_for"] == "-");
    CHECK(line["http_referer"] == "-");
    CHECK(line["user_agent"] == "-");
    CHECK(line["api_key"] == "-");
    CHECK(line["upstream_addr"] == "");
    CHECK(line["upstream_status"] == "");
    CHECK(line["upstream_response_time"] == "");
    CHECK(line["model"] == "-");
    CHECK(line["service"] == "-");
    CHECK(line["ttft_ms"].is_null());
    CHECK(line["tokens_in"].is_null());
    CHECK(line["tokens_out"].is_null());
}

TEST_CASE("bytes that are no text leave a line that is JSON") {
    LogFixture fixture;
    Exchange& x = fixture.given_request("GET /", "User-Agent: \xff\xfe\t\"\\\r\n");
    CHECK(fixture.written(x)["user_agent"] == "\xEF\xBF\xBD\xEF\xBF\xBD\t\"\\");
}

TEST_CASE("a caller stands in the log by name and hint, never by key") {
    LogFixture fixture;
    fixture.settings.given_variable("DASHBOARD_API_KEYS", "long-static-key-1234");
    Exchange& x = fixture.given_request("GET /v1/models", "Authorization: Bearer long-static-key-1234\r\n");
    REQUIRE_FALSE(identify(x));
    Json line = fixture.written(x);
    CHECK(line["user"] == "static");
    CHECK(line["api_key"] == "lon…1234");
    CHECK(line["key_id"].get<std::string>().size() == 12);
    CHECK(read_file(fixture.path)->find("long-static-key") == std::string::npos);
}

TEST_CASE("after a rotation lines go to the new file") {
    LogFixture fixture;
    Exchange& x = fixture.given_request("GET /", "");
    AccessLogBuffer buffer(fixture.file);
    buffer.add(x);
    buffer.flush();
    std::string rotated = fixture.path + ".1";
    REQUIRE(std::rename(fixture.path.c_str(), rotated.c_str()) == 0);
    buffer.add(x);
    buffer.flush();
    CHECK_FALSE(read_file(fixture.path));  // nobody has said yet that the file is another
    REQUIRE(fixture.file.reopen());
    buffer.add(x);
    buffer.flush();
    std::string old = read_file(rotated).value_or("");
    std::string fresh = read_file(fixture.path).value_or("");
    CHECK(std::count(old.begin(), old.end(), '\n') == 2);
    CHECK(std::count(fresh.begin(), fresh.end(), '\n') == 1);
}

TEST_CASE("a log that cannot be written is a mistake at start, and at a reopen keeps the old file") {
    LogFixture fixture;
    AccessLogFile other;
    Result<void> opened = other.open(fixture.settings.around.folder + "/none/access.log");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::io);
    CHECK(opened.error().hint.find("--access-log") != std::string::npos);
    CHECK_FALSE(other.enabled());
    AccessLogFile none;
    CHECK(none.open(""));
    CHECK_FALSE(none.enabled());
}

}  // namespace
}  // namespace aihub::serve
