#include "tools/aihub-serve/pipeline/json_scan.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace aihub::serve {
namespace {

using namespace std::string_literals;
using Json = nlohmann::json;

struct Answer {
    std::optional<std::string> model;
    std::optional<bool> stream;
    bool ambiguous = false;
    bool hopeless = false;

    explicit Answer(const JsonScan& scan)
        : model(scan.model()),
          stream(scan.stream()),
          ambiguous(scan.model_is_ambiguous()),
          hopeless(scan.is_hopeless()) {}
    bool operator==(const Answer&) const = default;
};

Answer scan_pieces(const std::vector<std::string_view>& pieces) {
    JsonScan scan;
    for (std::string_view piece : pieces) scan.feed(piece);
    return Answer(scan);
}

// The answer, which must be the same wherever the text is split.
Answer scan(std::string_view text) {
    Answer whole = scan_pieces({text});
    for (std::size_t i = 0; i <= text.size(); ++i)
        if (scan_pieces({text.substr(0, i), text.substr(i)}) != whole)
            FAIL("a split at " << i << " changes the answer to " << text);
    return whole;
}

std::optional<std::string> model_in(std::string_view text) {
    return scan(text).model;
}

TEST_CASE("the model and whether to stream are found among other members") {
    Answer answer = scan(R"( {"messages":[{"role":"user","content":"hi"}], "stream" : true ,
        "options":{"a":[1,2,{"b":null}]},"model":"llama3:8b","n":1.5e3,"x":null} )");
    CHECK(answer.model == "llama3:8b");
    CHECK(answer.stream == true);
    CHECK_FALSE(answer.ambiguous);
    CHECK_FALSE(answer.hopeless);
    CHECK(scan(R"({"stream":false})").stream == false);
    CHECK_FALSE(scan(R"({"stream":"true"})").stream);
    CHECK_FALSE(scan(R"({"stream":1})").stream);
}

TEST_CASE("only the outermost object counts") {
    CHECK_FALSE(model_in(R"({"a":{"model":"x"},"b":[{"model":"y"},["model","z"]]})"));
    CHECK(model_in(R"({"a":{"model":"x"},"model":"m","b":{"model":"y"}})") == "m");
    CHECK_FALSE(model_in(R"([{"model":"x"}])"));
    CHECK_FALSE(model_in(R"("model")"));
    CHECK(model_in(R"({"a":"{\"model\":\"x\"}","b":"}","c":"]","model":"m"})") == "m");
    CHECK(model_in(R"({"a":{"b":"}\"{"},"model":"m"})") == "m");
    CHECK(model_in(R"({"a":"\\","model":"m"})") == "m");
    CHECK(model_in(R"({"a":["\\\""],"model":"m"})") == "m");
    CHECK(model_in(R"({"a":"model","model":"m"})") == "m");
}

TEST_CASE("escapes in key and value are read as JSON has them") {
    CHECK(model_in(R"({"mod\u0065l":"\u0061\/\\\"\n\u00e9\u20ac\ud83d\ude00"})") == "a/\\\"\né€😀");
    CHECK(model_in(R"({"\u006d\u006F\u0064\u0065\u006C":"m"})") == "m");
    CHECK_FALSE(model_in(R"({"model\u0000":"m"})"));
    CHECK(model_in(R"({"model":"a\u0000b"})") == "a\0b"s);
    CHECK_FALSE(model_in(R"({"model":"\x"})"));
    CHECK_FALSE(model_in(R"({"model":"\u12"})"));
    CHECK_FALSE(model_in(R"({"model":"\u-123"})"));
}

TEST_CASE("key case is ignored, as Go's decoder ignores it") {
    CHECK(model_in(R"({"MODEL":"m"})") == "m");
    CHECK(model_in(R"({"Model":"m"})") == "m");
    CHECK(scan(R"({"STREAM":true})").stream == true);
    CHECK_FALSE(model_in(R"({"models":"m","mode":"n","model ":"o"})"));
}

TEST_CASE("a model that stands twice is ambiguous, whatever its values are") {
    CHECK(scan(R"({"model":"a","model":"b"})").ambiguous);
    CHECK(scan(R"({"model":"a","model":"a"})").ambiguous);
    CHECK(scan(R"({"model":"a","x":1,"Model":"b"})").ambiguous);
    CHECK(scan(R"({"model":"a","mod\u0065l":"b"})").ambiguous);
    CHECK(scan(R"({"model":"a","model":null})").ambiguous);
    CHECK(scan(R"({"model":1,"model":"a"})").ambiguous);
    CHECK(scan(R"({"model":"","model":"a"})").ambiguous);
    CHECK(scan(R"({"model":"a","model":"a","model":"a"})").ambiguous);
    CHECK_FALSE(scan(R"({"model":"a","b":{"model":"c","model":"d"}})").ambiguous);
    CHECK_FALSE(scan(R"({"model":"a","stream":true,"stream":false})").ambiguous);
}

TEST_CASE("`name` serves where a request has no `model`, in whatever order they stand") {
    CHECK(model_in(R"({"name":"n"})") == "n");
    CHECK(model_in(R"({"name":"n","model":"m"})") == "m");
    CHECK(model_in(R"({"model":"m","name":"n"})") == "m");
    CHECK(model_in(R"({"model":"","name":"n"})") == "n");
    CHECK(model_in(R"({"name":"n","model":null})") == "n");
    CHECK(scan(R"({"name":"n","name":"o"})").ambiguous);
    CHECK_FALSE(scan(R"({"name":"n","name":"o","model":"m"})").ambiguous);
}

TEST_CASE("an answer that is given early is the answer at the end") {
    for (std::string_view text :
         {R"({"name":"n","stream":true,"model":"m"})", R"({"name":"n","a":[{}]})",
          R"({"model":"m","a":{"model":"x"},"name":"n"})", R"({"model":"","name":"n"})"}) {
        INFO(text);
        std::optional<std::string> last = scan_pieces({text}).model;
        for (std::size_t size = 0; size <= text.size(); ++size) {
            std::optional<std::string> early = scan_pieces({text.substr(0, size)}).model;
            if (early) CHECK(early == last);
        }
    }
}

TEST_CASE("an empty name of a model is none") {
    CHECK_FALSE(model_in(R"({"model":""})"));
    CHECK_FALSE(model_in(R"({"model":null})"));
    CHECK_FALSE(model_in(R"({"model":7})"));
    CHECK_FALSE(model_in(R"({"model":["m"]})"));
    CHECK_FALSE(model_in(R"({})"));
    CHECK_FALSE(model_in(""));
}

TEST_CASE("what can be no JSON object is hopeless at once, a cut one is not") {
    for (const char* text :
         {"[", "\"", "x", "1", "model=llama", "{x", "{\"a\" 1", "{\"a\":1 2", "{\"a\":\"b\"c", "}"}) {
        INFO(text);
        CHECK(scan(text).hopeless);
    }
    for (const char* text : {"", " \r\n\t", "{", "{\"", "{\"a\"", "{\"a\":", "{\"a\":[", "{}",
                             "{\"a\":1}trailing", "\xEF\xBB\xBF{"}) {
        INFO(text);
        CHECK_FALSE(scan(text).hopeless);
    }
    CHECK_FALSE(model_in("[] {\"model\":\"m\"}"));
    CHECK_FALSE(model_in("{} {\"model\":\"m\"}"));
    CHECK_FALSE(model_in("{}{\"model\":\"m\"}"));
}

TEST_CASE("a byte order mark is read over") {
    CHECK(model_in("\xEF\xBB\xBF{\"model\":\"m\"}") == "m");
}

TEST_CASE("depth and length of what nobody asked for cost nothing") {
    std::string deep =
        "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + ",\"model\":\"m\"}";
    CHECK(scan_pieces({deep}).model == "m");
    std::string mixed;
    for (int i = 0; i < 100'000; ++i) mixed += "{\"model\":[";
    CHECK_FALSE(scan_pieces({"{\"a\":" + mixed}).model);
    std::string image = "{\"image\":\"" + std::string(3'000'000, 'A') + "\",\"model\":\"m\"}";
    CHECK(scan_pieces({image}).model == "m");
}

TEST_CASE("a name that is longer than any model's is cut, not kept") {
    std::optional<std::string> model =
        scan_pieces({"{\"model\":\"" + std::string(100'000, 'm') + "\"}"}).model;
    REQUIRE(model);
    CHECK(model->size() <= 1024);
    CHECK_FALSE(scan_pieces({"{\"" + std::string(2'000, 'k') + "\":1}"}).model);
}

// Documents of every shape, with keys that are nearly those that count.
class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    Json object() {
        static const std::vector<std::string> keys = {"model",  "name", "stream", "messages", "mode",
                                                      "models", "",     "é\"\\",  "streams"};
        Json json = Json::object();
        for (unsigned i = pick(6); i > 0; --i)
            json[keys[pick(static_cast<unsigned>(keys.size()))]] = value(3);
        return json;
    }
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

private:
    Json value(unsigned depth) {
        switch (pick(depth == 0 ? 7 : 9)) {
            case 0:
                return nullptr;
            case 1:
                return pick(2) == 0;
            case 2:
                return static_cast<int>(pick(2000)) - 1000;
            case 3:
                return 1.5e10 / (1 + pick(1000));
            case 4:
            case 5:
            case 6:
                return text();
            case 7:
                return Json::array({value(depth - 1), value(depth - 1)});
            default:
                return Json{{"model", value(depth - 1)}, {text(), value(depth - 1)}};
        }
    }
    std::string text() {
        static const std::vector<std::string> pieces = {"llama3", ":",  "\"",   "\\", "{",  "}", "[", "]",
                                                        ",",      "\n", "\x01", "é",  "😀", "/", " "};
        std::string out;
        for (unsigned i = pick(6); i > 0; --i) out += pieces[pick(static_cast<unsigned>(pieces.size()))];
        return out;
    }

    std::minstd_rand random_;
};

std::optional<std::string> text_member(const Json& json, const char* name) {
    auto found = json.find(name);
    if (found == json.end() || !found->is_string() || found->get<std::string>().empty()) return std::nullopt;
    return found->get<std::string>();
}

TEST_CASE("the scanner finds in any document what a parser finds") {
    Generator generator(20260131);
    int with_model = 0;
    for (int round = 0; round < 3000; ++round) {
        Json json = generator.object();
        bool ascii = generator.pick(2) == 0;
        std::string text = json.dump(generator.pick(2) == 0 ? -1 : 2, ' ', ascii);
        INFO(text);
        std::size_t split = generator.pick(static_cast<unsigned>(text.size()) + 1);
        Answer answer =
            scan_pieces({std::string_view(text).substr(0, split), std::string_view(text).substr(split)});
        std::optional<std::string> expected = text_member(json, "model");
        if (!expected) expected = text_member(json, "name");
        REQUIRE(answer.model == expected);
        bool has_stream = json.contains("stream") && json["stream"].is_boolean();
        REQUIRE(answer.stream ==
                (has_stream ? std::optional<bool>(json["stream"].get<bool>()) : std::nullopt));
        REQUIRE_FALSE(answer.ambiguous);
        REQUIRE_FALSE(answer.hopeless);
        with_model += expected ? 1 : 0;
    }
    CHECK(with_model > 300);
}

TEST_CASE("the options of a stream are found with their place, whatever they are") {
    auto options_in = [](const std::string& text) {
        for (std::size_t split = 0; split <= text.size(); ++split) {
            JsonScan scan;
            scan.feed(std::string_view(text).substr(0, split));
            scan.feed(std::string_view(text).substr(split));
            const StreamOptions& options = scan.stream_options();
            REQUIRE(options.present);
            REQUIRE(text.substr(options.span.begin, options.span.size()) == options.text);
            if (split == text.size()) return options.text;
        }
        return std::string();
    };
    CHECK(options_in(R"({"stream_options":{"a":["}","\"{"]},"b":{"c":1}})") == R"({"a":["}","\"{"]})");
    CHECK(options_in(R"({"a":1, "stream_options" : null })") == "null");
    CHECK(options_in(R"({"stream_options":"a\"b"})") == R"("a\"b")");
    CHECK(options_in(R"({"STREAM_OPTIONS":[],"model":"m"})") == "[]");
    CHECK(options_in(R"({"stream_options":1})") == "1");
}

TEST_CASE("text is measured, but not the model's name, and not what looks like pictures or sound") {
    auto text_of = [](const std::string& text) {
        JsonScan scan;
        scan.feed(text);
        return scan.text_bytes();
    };
    CHECK(text_of(R"({"model":"m","prompt":"0123456789","n":100})") == 10);
    CHECK(text_of(R"({"messages":[{"content":"0123456789"}]})") == 7 + 10);
    CHECK(text_of(R"({"prompt":"0\n\"2"})") == 6);
    std::string picture(100'000, 'A');
    CHECK(text_of(R"({"images":["data:image/png;base64,)" + picture + "\"],\"prompt\":\"ab\"}") == 2);
    CHECK(text_of("{\"prompt\":\"" + std::string(100'000, ' ') + "\"}") == 100'000);
    CHECK(text_of("{\"prompt\":\"" + std::string(100'000, '\xE4') + "\"}") == 100'000);
}

TEST_CASE("the inside of a string literal becomes text") {
    CHECK(unescape_json("") == "");
    CHECK(unescape_json(R"(a\"\\\/\b\f\n\r\tz)") == "a\"\\/\b\f\n\r\tz");
    CHECK(unescape_json("\\u0041\\u00E9\\u20ac") == "Aé€");
    CHECK(unescape_json("\\ud83d\\ude00!") == "😀!");
    CHECK(unescape_json("\\ud83dx") ==
          "\xED\xA0\xBDx");  // half a pair: kept apart, so that two names never become one
    CHECK(unescape_json("\\ud83d\\u0041") ==
          "\xED\xA0\xBD"
          "A");
    CHECK(unescape_json("\\ud83d\\ue000") == "\xED\xA0\xBD\xEE\x80\x80");
    for (const char* text : {"\\", "\\a", "\\u", "\\u12", "\\u12g4", "\\U0041", "a\\"}) {
        INFO(text);
        CHECK_FALSE(unescape_json(text));
    }
}

}  // namespace
}  // namespace aihub::serve
