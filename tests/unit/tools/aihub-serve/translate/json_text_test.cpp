#include <catch2/catch.hpp>

#include "tools/aihub-serve/translate/json_text.hpp"

using namespace aihub::translate;

namespace {

std::string again(std::string_view text) {
    auto value = read_json(text);
    REQUIRE(value);
    return json_text(*value);
}

aihub::Error problem_of(std::string_view text) {
    auto value = read_json(text);
    REQUIRE_FALSE(value);
    return value.error();
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("JSON is written as it was read: order, kinds of numbers, text") {
    const std::string text =
        R"({"z":1,"a":[true,false,null,-3,18446744073709551615,0.1,1.0,1e-07],"é":"\"\\\u0001😀","":{}})";
    REQUIRE(again(text) == text);
    REQUIRE(again(" \n{ } ") == "{}");
    REQUIRE(again("\"text\"") == "\"text\"");
}

TEST_CASE("JSON that is nested 512 deep is read, one deeper is refused") {
    REQUIRE(again(nested(512)) == nested(512));
    REQUIRE(problem_of(nested(513)).message.find("nested more than 512 deep") != std::string::npos);
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "{\"a\":[";
    REQUIRE(problem_of(deep).code == aihub::ErrorCode::invalid_input);
}

TEST_CASE("a member that is there twice is refused, because two readers would pick different ones") {
    REQUIRE(problem_of(R"({"model":"a","x":1,"model":"b"})").message.find("\"model\" is there twice") !=
            std::string::npos);
    REQUIRE(problem_of(R"([{"a":{"b":1,"b":1}}])").message.find("\"b\"") != std::string::npos);
    REQUIRE(read_json(R"([{"a":1},{"a":2}])"));
}

TEST_CASE("an object of very many members is read in proportion to its size") {
    std::string text = "{";
    for (int i = 0; i < 200'000; ++i) text += "\"member" + std::to_string(i) + "\":0,";
    text.back() = '}';
    REQUIRE(read_json(text)->size() == 200'000);  // each compared with each would take minutes
}

TEST_CASE("JSON that ends too early is told from JSON that is wrong") {
    const std::string text = R"({"a":[1,"x\u00e9",true],"b":{"c":null}})";
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
        INFO(text.substr(0, cut));
        REQUIRE(problem_of(text.substr(0, cut)).code == aihub::ErrorCode::corrupt);
    }
    for (const char* wrong : {"{\"a\":x}", "<html>", "{} {}", "{\"a\" 1}", "[1,]", "nul!", "\"\x01\"",
                              "\"\xFF\"", "\"\\ud800\"", "01", "{a:1}"}) {
        INFO(wrong);
        REQUIRE(problem_of(wrong).code == aihub::ErrorCode::invalid_input);
    }
}

TEST_CASE("a number that no computer holds is refused, with its place") {
    REQUIRE(problem_of("{\"a\":1e999}").message.find("a number is too large") != std::string::npos);
    REQUIRE(problem_of("{\"a\":1,\"b\":x}").message.find("at byte") != std::string::npos);
}

TEST_CASE("members are looked up without surprises") {
    Json object = *read_json(R"({"a":"x","b":1,"c":[1]})");
    REQUIRE(text_member(object, "a") == "x");
    REQUIRE(text_member(object, "b").empty());
    REQUIRE(member(object, "nothing").is_null());
    REQUIRE(member(Json("text"), "a").is_null());
    REQUIRE(items(member(object, "c")).size() == 1);
    REQUIRE(items(member(object, "a")).empty());
}

TEST_CASE("text of every script is read and written as it is, what is no UTF-8 is refused") {
    for (const char* fine : {"\"\xC2\x80\"", "\"\xDF\xBF\"", "\"\xE0\xA0\x80\"", "\"\xED\x9F\xBF\"",
                             "\"\xEF\xBF\xBF\"", "\"\xF0\x90\x80\x80\"", "\"\xF4\x8F\xBF\xBF\"",
                             "\"plain text of more than eight bytes \xE6\xBC\xA2\""})
        REQUIRE(again(fine) == fine);
    for (const char* wrong :
         {"\"\x80\"", "\"\xC1\xBF\"", "\"\xE0\x9F\xBF\"", "\"\xED\xA0\x80\"", "\"\xF0\x8F\xBF\xBF\"",
          "\"\xF4\x90\x80\x80\"", "\"\xF5\x80\x80\x80\"", "\"\xE2\x82\"", "\"\xE2\x82x\""})
        REQUIRE(problem_of(wrong).code == aihub::ErrorCode::invalid_input);
    REQUIRE(json_text(Json("a\xFFz\xE2\x82")) == "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("escapes are characters, control characters are written as escapes") {
    REQUIRE(*read_json(R"("\u0041\u00e9\u6f22\ud83d\ude00\/\b\f\n\r\t\"\\")") == "Aé漢😀/\b\f\n\r\t\"\\");
    for (const char* half :
         {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\u00g0")", R"("\x")"})
        REQUIRE(problem_of(half).code == aihub::ErrorCode::invalid_input);
    REQUIRE(json_text(Json(std::string("\0\x1F\x7F\n", 4))) == "\"\\u0000\\u001f\x7F\\n\"");
}

TEST_CASE("what some readers take for the end of a line is escaped, so that it cannot tear a line of JSON") {
    REQUIRE(again("\"a\u2028b\u2029c\u0085d\u2027\u202A\u0086\"") ==
            "\"a\\u2028b\\u2029c\\u0085d\u2027\u202A\u0086\"");
}

TEST_CASE("numbers keep their kind: whole ones of 64 bits, others as the nearest") {
    REQUIRE(read_json("-9223372036854775808")->is_number_integer());
    REQUIRE(read_json("18446744073709551615")->is_number_unsigned());
    REQUIRE(read_json("18446744073709551616")->is_number_float());
    REQUIRE(*read_json("-9223372036854775809") == -9223372036854775808.0);
    REQUIRE(*read_json("1e-999") == 0.0);
    REQUIRE(*read_json("-1.5E+3") == -1500.0);
    for (const char* wrong :
         {"+1", ".5", "1.", "-", "1e", "1e+", "00", "-01", "0x1", "1.e3", "NaN", "Infinity"}) {
        INFO(wrong);
        REQUIRE_FALSE(read_json(wrong));
    }
}

TEST_CASE("what is read is what the JSON library reads, in texts with random damage") {
    const std::string whole =
        R"({"a":[1,-2.5e3,"x\u00e9\n😀 and more",true,null,{"b":{}}],"c":"","d":[[],{}] ,"e":0.1})";
    constexpr std::string_view damage = "{}[]\",:\\ue0-+.1 \x80\xC3\x01";
    std::uint32_t random = 12345;
    auto next = [&](std::size_t below) { return (random = random * 1664525 + 1013904223) / 65536 % below; };
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = whole;
        for (std::size_t times = 1 + next(3); times > 0; --times) {
            std::size_t at = next(text.size());
            if (next(2) == 0)
                text[at] = damage[next(damage.size())];
            else if (next(2) == 0)
                text.insert(at, 1, damage[next(damage.size())]);
            else
                text.erase(at, 1 + next(3));
        }
        auto ours = read_json(text);
        if (!ours && ours.error().message.find("twice") != std::string::npos) continue;
        Json theirs = Json::parse(text, nullptr, false);
        INFO(text);
        REQUIRE(ours.has_value() == !theirs.is_discarded());
        if (!ours) continue;
        ++accepted;
        REQUIRE(*ours == theirs);
        REQUIRE(json_text(*ours) == theirs.dump());
    }
    REQUIRE(accepted > 100);
}
