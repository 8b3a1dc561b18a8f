#include "tools/aihub-serve/pipeline/dialect.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/pipeline/fixture.hpp"

namespace aihub::serve {
namespace {

using namespace std::string_literals;
using config::ServiceKind;

const std::string openai =
    R"({"error":{"message":"no","type":"authentication_error","param":null,"code":"bad_key","request_id":"req_1"}})";
const std::string anthropic =
    R"({"type":"error","error":{"type":"authentication_error","message":"no"},"request_id":"req_1"})";
const std::string ollama = R"({"error":"no","detail":"no","request_id":"req_1"})";
const std::string detail = R"({"detail":"no","request_id":"req_1"})";
const std::string plain = R"({"error":{"message":"no","request_id":"req_1"}})";

std::string refusal_at(Fixture& fixture, const std::string& path) {
    Exchange& x = fixture.given_request("GET " + path, "");
    locate(x);
    return error_body(x.dialect, Problem(401, "no", "bad_key"), "req_1");
}

TEST_CASE("every path refuses in the words of its API") {
    Fixture fixture;
    fixture.services = {service_config("ollama", ServiceKind::ollama),
                        service_config("lmstudio", ServiceKind::openai),
                        service_config("kokoro", ServiceKind::speech)};
    struct Row {
        const char* path;
        const std::string& body;
    };
    for (const Row& row : {
             Row{"/v1/models", openai},
             Row{"/v1/chat/completions?x=/api/chat", openai},
             Row{"/v1/audio/speech", openai},
             Row{"/v1", openai},
             Row{"/v1/messages", anthropic},
             Row{"/v1/messages/count_tokens", anthropic},
             Row{"/v1/messagesx", openai},
             Row{"/lmstudio/v1/models", openai},
             Row{"/lmstudio/v1/messages", anthropic},
             Row{"/ollama/v1/chat/completions", openai},
             Row{"/kokoro/v1/audio/speech", openai},
             Row{"/ollama/api/chat", ollama},
             Row{"/ollama/api", ollama},
             Row{"/api/chat", ollama},
             Row{"/api/tags", ollama},
             Row{"/api", ollama},
             Row{"/api/models", detail},
             Row{"/api/uptime?days=3", detail},
             Row{"/api/signup", detail},
             Row{"/admin/api/users", detail},
             Row{"/user/api/usage", detail},
             Row{"/lmstudio", plain},
             Row{"/lmstudio/", plain},
             Row{"/lmstudio/v2/models", plain},
             Row{"/lmstudio/v1x", plain},
             Row{"/ollama/apis", plain},
             Row{"/", plain},
             Row{"/v2/models", plain},
             Row{"/apix/chat", plain},
             Row{"/V1/models", plain},
             Row{"/health", plain},
         }) {
        INFO(row.path);
        CHECK(refusal_at(fixture, row.path) == row.body);
    }
}

TEST_CASE("Ollama's API moves with BASE_PATH, the gateway's own lists stay") {
    Fixture fixture;
    fixture.settings.given_variable("BASE_PATH", "/models/ollama");
    CHECK(refusal_at(fixture, "/models/ollama/chat") == ollama);
    CHECK(refusal_at(fixture, "/models/ollamas") == plain);
    CHECK(refusal_at(fixture, "/api/chat") == plain);
    CHECK(refusal_at(fixture, "/api/models") == detail);
}

TEST_CASE("a path belongs to a service, to the APIs at the root or to the gateway itself") {
    Fixture fixture;
    fixture.services = {service_config("ollama", ServiceKind::ollama)};
    struct Row {
        const char* path;
        Room room;
    };
    for (const Row& row :
         {Row{"/ollama", Room::prefix}, Row{"/ollama/x", Room::prefix}, Row{"/ollamax", Room::own},
          Row{"/OLLAMA/x", Room::own}, Row{"/%6fllama/x", Room::own}, Row{"/v1/chat", Room::root},
          Row{"/v1", Room::root}, Row{"/v1x", Room::own}, Row{"/api/chat", Room::root},
          Row{"/api/models", Room::own}, Row{"/api/uptime", Room::own}, Row{"/admin/api/x", Room::own},
          Row{"/", Room::own}, Row{"/health", Room::own}}) {
        INFO(row.path);
        Exchange& x = fixture.given_request("GET "s + row.path, "");
        locate(x);
        CHECK(x.room == row.room);
        CHECK((x.service != nullptr) == (row.room == Room::prefix));
    }
}

TEST_CASE("the type of an error follows its status, as the references of both APIs have it") {
    struct Row {
        int status;
        const char* openai_type;
        const char* anthropic_type;
    };
    for (const Row& row :
         {Row{400, "invalid_request_error", "invalid_request_error"},
          Row{401, "authentication_error", "authentication_error"},
          Row{403, "permission_error", "permission_error"},
          Row{404, "invalid_request_error", "not_found_error"},
          Row{413, "invalid_request_error", "request_too_large"},
          Row{429, "rate_limit_error", "rate_limit_error"}, Row{500, "server_error", "api_error"},
          Row{502, "server_error", "api_error"}, Row{503, "server_error", "overloaded_error"}}) {
        INFO(row.status);
        Problem problem(row.status, "x");
        CHECK(error_body(Dialect::openai, problem, "r") ==
              "{\"error\":{\"message\":\"x\",\"type\":\""s + row.openai_type +
                  "\",\"param\":null,\"code\":null,\"request_id\":\"r\"}}");
        CHECK(error_body(Dialect::anthropic, problem, "r") ==
              "{\"type\":\"error\",\"error\":{\"type\":\""s + row.anthropic_type +
                  "\",\"message\":\"x\"},\"request_id\":\"r\"}");
    }
}

TEST_CASE("what a client sent is escaped in an error") {
    Problem problem(404, "no `\"\n\xff`", "a\"b");
    CHECK(error_body(Dialect::plain, problem, "\"") ==
          R"({"error":{"message":"no `\"\u000a\ufffd`","request_id":"\""}})");
    CHECK(error_body(Dialect::openai, problem, "r").find(R"("code":"a\"b")") != std::string::npos);
}

TEST_CASE("a stream that breaks off ends with an event of its dialect") {
    std::string sse = "text/event-stream";
    CHECK(stream_error(Dialect::openai, sse, "gone", true) ==
          "data: "
          "{\"error\":{\"message\":\"gone\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_"
          "error\"}}\n\n");
    CHECK(stream_error(Dialect::anthropic, "Text/Event-Stream; charset=utf-8", "gone", true) ==
          "event: error\ndata: "
          "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"gone\"}}\n\n");
    CHECK(stream_error(Dialect::ollama, "application/x-ndjson", "a\"b", true) == "{\"error\":\"a\\\"b\"}\n");
}

TEST_CASE("an event that was cut in half is closed before the error") {
    CHECK(stream_error(Dialect::openai, "text/event-stream", "gone", false).starts_with("\n\ndata: {"));
    CHECK(stream_error(Dialect::anthropic, "text/event-stream", "gone", false)
              .starts_with("\n\nevent: error\ndata: {"));
    CHECK(stream_error(Dialect::ollama, "application/x-ndjson", "gone", false).starts_with("\n{"));
}

TEST_CASE("a reply that is no stream of events has no place for an error") {
    for (const char* type :
         {"application/json", "", "audio/mpeg", "text/plain", "text/html; x=text/event-stream"}) {
        INFO(type);
        CHECK(stream_error(Dialect::openai, type, "gone", true).empty());
        CHECK(stream_error(Dialect::ollama, type, "gone", false).empty());
    }
}

}  // namespace
}  // namespace aihub::serve
