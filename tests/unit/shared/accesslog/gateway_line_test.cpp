// What the gateway writes today is what is read here: the one test that sees both ends.
#include <catch2/catch.hpp>

#include "shared/accesslog/line.hpp"
#include "shared/base/clock.hpp"
#include "shared/base/files.hpp"
#include "tests/unit/tools/aihub-serve/pipeline/fixture.hpp"
#include "tools/aihub-serve/pipeline/access_log.hpp"

namespace aihub::serve {
namespace {

class GatewayLog : public Fixture {
public:
    GatewayLog() {
        services = {service_config("ollama", config::ServiceKind::ollama)};
        path = settings.around.folder + "/access.log";
        Result<void> opened = file.open(path);
        if (!opened) throw std::runtime_error(opened.error().message);
    }
    accesslog::Entry read_back(const Exchange& x) {
        {
            AccessLogBuffer buffer(file);
            buffer.add(x);
        }
        text = read_file(path).value_or("");
        accesslog::Entry entry;
        std::string_view line = std::string_view(text).substr(0, text.find('\n'));
        std::optional<std::string> wrong = parser.parse(line, entry);
        INFO(text);
        REQUIRE(wrong.value_or("") == "");
        return entry;
    }

    AccessLogFile file;
    std::string path;
    std::string text;
    accesslog::LineParser parser;
};

}  // namespace

TEST_CASE("what the gateway logs is read back as it was") {
    GatewayLog log;
    Exchange& x = log.given_request("POST /ollama/api/chat?key=secret-1",
                                    "User-Agent: a\"b\\c\t\r\nReferer: "
                                    "http://h/?token=secret-2\r\nX-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n"
                                    "Content-Length: 2\r\n");
    locate(x);
    x.status = 502;
    x.body_bytes_sent = 600;
    x.model = "llama3";
    x.upstream_address = "127.0.0.1:9";
    x.upstream_status = 200;
    x.upstream_started_ns = 1'000'000'000;
    x.upstream_ended_ns = 3'005'999'999;
    x.first_byte_ns = x.started_ns + 12'000'000;
    x.usage.feed("{\"prompt_eval_count\":3,\"eval_count\":4}");
    std::int64_t before = now_ms();
    accesslog::Entry e = log.read_back(x);
    REQUIRE(e.time_ms);
    CHECK(*e.time_ms >= before - 1000);
    CHECK(*e.time_ms <= now_ms());
    CHECK(e.method == "POST");
    CHECK(e.uri == "/ollama/api/chat?key=***");
    CHECK(e.path == "/ollama/api/chat");
    CHECK(e.forwarded_for == "10.0.0.1, 10.0.0.2");
    CHECK(e.referer == "http://h/?token=***");
    CHECK(e.user_agent == "a\"b\\c");
    CHECK(e.status == 502);
    CHECK(e.body_bytes_sent == 600);
    CHECK(e.upstream_addr == "127.0.0.1:9");
    CHECK(e.upstream_status == "200");
    CHECK(e.upstream_response_time_ms == 2005);
    CHECK(e.request_id == "req_1");
    CHECK(e.model == "llama3");
    CHECK(e.service == "ollama");
    CHECK(e.ttft_ms == 12);
    CHECK(e.tokens_in == 3);
    CHECK(e.tokens_out == 4);
    CHECK(e.tells_key);
    CHECK(e.key_hint.empty());
    CHECK(e.user.empty());
    CHECK(e.overhead_us);
}

TEST_CASE("what the gateway does not know is nothing when it is read back") {
    GatewayLog log;
    Exchange& x = log.given_request("GET /", "");
    x.status = 404;
    accesslog::Entry e = log.read_back(x);
    CHECK(e.status == 404);
    CHECK(e.forwarded_for.empty());
    CHECK(e.referer.empty());
    CHECK(e.user_agent.empty());
    CHECK(e.key_id.empty());
    CHECK(e.upstream_addr.empty());
    CHECK_FALSE(e.upstream_response_time_ms);
    CHECK(e.model.empty());
    CHECK(e.service.empty());
    CHECK_FALSE(e.ttft_ms);
    CHECK_FALSE(e.tokens_in);
    CHECK_FALSE(e.cost_micro);
    CHECK_FALSE(e.usage_id);
}

}  // namespace aihub::serve
