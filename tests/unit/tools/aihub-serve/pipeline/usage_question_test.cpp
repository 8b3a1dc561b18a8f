#include "tools/aihub-serve/pipeline/usage_question.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace aihub::serve {
namespace {

using Json = nlohmann::json;

// The body as its server gets it, which must be the same wherever it is split; "as it came" when unchanged.
std::string asked(const std::string& body) {
    std::string answer;
    for (std::size_t split = 0; split <= body.size(); ++split) {
        JsonScan scan;
        scan.feed(std::string_view(body).substr(0, split));
        scan.feed(std::string_view(body).substr(split));
        std::optional<Edit> edit = question_for_usage(scan);
        std::string changed = "as it came";
        if (edit) changed = std::string(body).replace(edit->span.begin, edit->span.size(), edit->text);
        if (split > 0 && changed != answer) FAIL("a split at " << split << " changes the answer to " << body);
        answer = changed;
    }
    return answer;
}

TEST_CASE("a stream without options gets them") {
    CHECK(asked(R"({"model":"m","stream":true})") ==
          R"({"stream_options":{"include_usage":true},"model":"m","stream":true})");
    CHECK(asked("\xEF\xBB\xBF \r\n{ \"stream\" : true } \n") ==
          "\xEF\xBB\xBF \r\n{\"stream_options\":{\"include_usage\":true}, \"stream\" : true } \n");
}

TEST_CASE("options that do not ask are made to ask") {
    CHECK(asked(R"({"stream_options":{},"stream":true})") ==
          R"({"stream_options":{"include_usage":true},"stream":true})");
    CHECK(asked(R"({"stream":true,"stream_options":null})") ==
          R"({"stream":true,"stream_options":{"include_usage":true}})");
    CHECK(
        asked(R"({"stream":true,"stream_options": {"include_usage" : false , "x":[1,{"a":"}"}]} ,"n":1})") ==
        R"({"stream":true,"stream_options": {"include_usage" : true , "x":[1,{"a":"}"}]} ,"n":1})");
    CHECK(asked(R"({"stream_options":{ "x\"y":"{\"}"},"stream":true})") ==
          R"({"stream_options":{"include_usage":true, "x\"y":"{\"}"},"stream":true})");
    CHECK(asked(R"({"stream_options":{"include_usage":null},"stream":true})") ==
          R"({"stream_options":{"include_usage":true},"stream":true})");
    CHECK(asked(R"({"stream_options":{"a":{"include_usage":true}},"stream":true})") ==
          R"({"stream_options":{"include_usage":true,"a":{"include_usage":true}},"stream":true})");
}

TEST_CASE("what is asked is asked once, and read by any parser") {
    for (const char* body :
         {R"({"stream":true,"messages":[{"content":"\"stream_options\":{}"}]})",
          R"({"stream_options":{},"stream":true})", R"({"stream":true,"x":{"stream_options":1}})",
          R"({"stream_options":{"include_obfuscation":false},"stream":true})"}) {
        Json json = Json::parse(asked(body));
        CHECK(json["stream_options"]["include_usage"] == true);
        json["stream_options"].erase("include_usage");
        if (json["stream_options"].empty()) json.erase("stream_options");
        Json before = Json::parse(body);
        if (before.contains("stream_options") && before["stream_options"].empty())
            before.erase("stream_options");
        CHECK(json == before);
    }
}

TEST_CASE("a client that asks by itself, or wants no stream, is left alone") {
    for (const char* body : {R"({"stream":true,"stream_options":{"include_usage":true}})", R"({"model":"m"})",
                             R"({"stream":false})", R"({"stream":"true"})", R"({"x":{"stream":true}})",
                             R"({"stream":true,"stream":false})", "{}", "[]", ""})
        CHECK(asked(body) == "as it came");
}

TEST_CASE("what parsers could differ on is left alone") {
    for (const char* body :
         {R"({"stream":true,"stream_options":{},"stream_options":{}})",
          R"({"stream":true,"stream_options":{},"Stream_Options":null})",
          R"({"stream":true,"stream_options":{"include_usage":false,"include_usage":false}})",
          R"({"stream":true,"stream_options":"yes"})", R"({"stream":true,"stream_options":[]})",
          R"({"stream":true,"stream_options":1})", R"({"stream":true,"stream_options":{"a":1,}})",
          R"({"stream":true)", R"({"stream":true,"stream_options":{"a":)"})
        CHECK(asked(body) == "as it came");
}

TEST_CASE("options that are longer than any that make sense are left alone") {
    std::string body = R"({"stream":true,"stream_options":{"a":")" + std::string(2000, 'x') + "\"}}";
    CHECK(asked(body) == "as it came");
}

}  // namespace
}  // namespace aihub::serve
