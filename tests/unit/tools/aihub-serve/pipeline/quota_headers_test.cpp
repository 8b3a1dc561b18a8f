#include "tools/aihub-serve/pipeline/quota_headers.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/pipeline/fixture.hpp"
#include "tools/aihub-serve/pipeline/inference.hpp"

namespace aihub::serve {
namespace {

TEST_CASE("spans are written as OpenAI's headers have them") {
    CHECK(quota_duration(0) == "0s");
    CHECK(quota_duration(-3) == "0s");
    CHECK(quota_duration(6) == "6ms");
    CHECK(quota_duration(1000) == "1s");
    CHECK(quota_duration(8640) == "8.64s");
    CHECK(quota_duration(1005) == "1.005s");
    CHECK(quota_duration(60'000) == "1m0s");
    CHECK(quota_duration(360'000) == "6m0s");
}

TEST_CASE("limits that a caller does not have are not spoken of") {
    Fixture fixture;
    Exchange& x = fixture.given_request("POST /v1/chat/completions", "");
    CHECK(quota_headers(x).empty());
    x.requests_quota = {10, 9, 60'000};
    CHECK(quota_headers(x) ==
          "x-ratelimit-limit-requests: 10\r\nx-ratelimit-remaining-requests: "
          "9\r\nx-ratelimit-reset-requests: 1m0s\r\n");
}

TEST_CASE("what makes a model work is told by the end of its path") {
    Fixture fixture;
    fixture.services = {service_config("lm", config::ServiceKind::openai),
                        service_config("stt", config::ServiceKind::transcription)};
    auto is = [&](const char* line) {
        Exchange& x = fixture.given_request(line, "");
        locate(x);
        return is_inference(x);
    };
    for (const char* line :
         {"POST /v1/chat/completions", "POST /lm/v1/chat/completions", "POST /api/chat", "POST /api/generate",
          "POST /v1/messages", "POST /v1/audio/speech", "POST /stt/asr", "POST /v1/embeddings"}) {
        CAPTURE(line);
        CHECK(is(line));
    }
    for (const char* line : {"GET /v1/models", "GET /v1/chat/completions", "POST /api/show", "POST /api/pull",
                             "POST /v1/messages/count_tokens", "POST /lm/v1/files", "GET /stt/asr"}) {
        CAPTURE(line);
        CHECK_FALSE(is(line));
    }
}

}  // namespace
}  // namespace aihub::serve
