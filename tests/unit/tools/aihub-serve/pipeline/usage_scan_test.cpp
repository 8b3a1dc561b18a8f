#include "tools/aihub-serve/pipeline/usage_scan.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

using Count = std::optional<std::uint64_t>;

TokenCounts fed(std::initializer_list<std::string> pieces) {
    UsageScan scan;
    for (const std::string& piece : pieces) scan.feed(piece);
    return scan.counts();
}

void check(const std::string& reply, Count in, Count out) {
    INFO(reply);
    for (std::size_t split = 0; split <= reply.size(); ++split) {
        TokenCounts counts = fed({reply.substr(0, split), reply.substr(split)});
        if (counts.in != in || counts.out != out) FAIL("a split at " << split << " changes the counts");
    }
}

TEST_CASE("the counts of every dialect are found") {
    check(R"({"choices":[{}],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}})", 12,
          34);
    check(
        R"({"usage": {"prompt_tokens": 12, "completion_tokens" : 34, "prompt_tokens_details": {"cached_tokens": 1}}})",
        12, 34);
    check(R"({"content":[],"usage":{"input_tokens":5,"output_tokens":6}})", 5, 6);
    check(R"({"done":true,"prompt_eval_count":7,"prompt_eval_duration":1,"eval_count":8,"eval_duration":2})",
          7, 8);
    check(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
        1, 2);
    check(R"({"usage":{"prompt_tokens":18446744073709551615,"total_tokens":3}})", UINT64_MAX, Count());
}

TEST_CASE("the last counts of a stream are the ones that hold") {
    check(
        "data: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\n"
        "data: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n",
        9, 2);
    check("{\"prompt_eval_count\":1,\"eval_count\":1}\n{\"prompt_eval_count\":2,\"eval_count\":3}\n", 2, 3);
}

TEST_CASE("a reply without counts has none, and none is not zero") {
    check("", Count(), Count());
    check(R"({"usage":null})", Count(), Count());
    check(R"({"usage":{"prompt_tokens":null,"completion_tokens":"3"}})", Count(), Count());
    check(R"({"usage":{"prompt_tokens":-1}})", Count(), Count());
    check(R"({"usage":{"prompt_tokens":99999999999999999999999}})", Count(), Count());
    check(R"({"usage":{"prompt_tokens":)", Count(), Count());
    check(R"({"data":[],"usage":{"prompt_tokens":8,"total_tokens":8}})", 8, Count());
    check(R"({"usage":{"prompt_tokens":0,"completion_tokens":0}})", 0, 0);
}

TEST_CASE("counts that a model writes are text, not counts") {
    check(R"({"content":"say \"prompt_tokens\": 5 and \"completion_tokens\":6"})", Count(), Count());
    check(R"({"content":"\"eval_count\":6","usage":{"prompt_tokens":1,"completion_tokens":2}})", 1, 2);
}

TEST_CASE("only the end of a reply is kept") {
    std::string usage = R"({"usage":{"prompt_tokens":1,"completion_tokens":2}})";
    CHECK(fed({std::string(100'000, 'x'), usage}).in == 1U);
    CHECK(fed({std::string(100'000, 'x') + usage}).out == 2U);
    CHECK_FALSE(fed({usage, std::string(2000, 'x')}).in);
    CHECK_FALSE(fed({usage + std::string(2000, 'x')}).in);
    std::string half(600, 'x');
    CHECK_FALSE(fed({usage, half, half}).in);
    CHECK(fed({half, usage, half}).in == 1U);
    UsageScan scan;
    for (int i = 0; i < 5000; ++i) scan.feed("x");
    for (char c : usage) scan.feed({&c, 1});
    CHECK(scan.counts().in == 1U);
    CHECK(scan.counts().out == 2U);
}

}  // namespace
}  // namespace aihub::serve
