#include "tools/aihub-serve/translate/error_sentence.hpp"

#include "shared/base/strings.hpp"

namespace aihub::translate {
namespace {

constexpr std::size_t longest_sentence = 2000;

// FastAPI's validation errors: [{"loc":["body","messages"],"msg":"…"}].
std::string first_complaint(const Json& list) {
    if (list.empty()) return {};
    std::string place;
    for (const Json& step : items(member(list.front(), "loc")))
        if (step.is_string()) place = step.get<std::string>() + ": ";
    return place + std::string(text_member(list.front(), "msg"));
}

std::string plain_sentence(int status, std::string_view body) {
    std::string_view text = body.substr(0, longest_sentence);
    while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    bool readable = !text.empty() && text.find('<') == std::string_view::npos && text.front() != '{';
    return readable ? printable(text) : "the server answered with status " + std::to_string(status);
}

}  // namespace

std::string error_sentence(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_array()) return first_complaint(value);
    for (const char* name : {"error", "message", "detail", "msg"})
        if (const Json& found = member(value, name); !found.is_null())
            if (std::string sentence = error_sentence(found); !sentence.empty()) return sentence;
    return {};
}

std::string error_sentence(int status, std::string_view body) {
    Result<Json> value = read_json(body);
    std::string sentence = value ? error_sentence(*value) : std::string();
    return sentence.empty() ? plain_sentence(status, body) : sentence.substr(0, longest_sentence);
}

}  // namespace aihub::translate
