#include "tools/aihub-serve/translate/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "tools/aihub-serve/translate/utf8.hpp"

namespace aihub::translate {
namespace {

void append_escape(std::string& out, unsigned char c) {
    constexpr std::string_view letters = "\"\\bfnrt", meanings = "\"\\\b\f\n\r\t",
                               digits = "0123456789abcdef";
    out.push_back('\\');
    std::size_t which = meanings.find(static_cast<char>(c));
    if (which != std::string_view::npos) return out.push_back(letters[which]);
    out.append("u00").append(1, digits[c >> 4]).append(1, digits[c & 15]);
}

// Characters that end a line for some readers of text (Python's among them, so Ollama's own client breaks on
// them): escaped, as Ollama does, they cannot tear a line of JSON.
std::string_view escaped_line_end(std::string_view character) {
    if (character == "\xC2\x85") return "\\u0085";
    if (character == "\xE2\x80\xA8") return "\\u2028";
    if (character == "\xE2\x80\xA9") return "\\u2029";
    return {};
}

void append_character(std::string& out, std::string_view character) {
    std::string_view escaped = escaped_line_end(character);
    out += escaped.empty() ? character : escaped;
}

template <typename Number>
void append_number(std::string& out, Number number) {
    std::array<char, 24> digits{};
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_json(std::string& out, const Json& value);

void append_object(std::string& out, const Json& value) {
    char before = '{';
    for (const auto& [name, inner] : value.get_ref<const Json::object_t&>()) {
        out.push_back(before);
        append_json_string(out, name);
        out.push_back(':');
        append_json(out, inner);
        before = ',';
    }
    out += before == '{' ? "{}" : "}";
}

void append_array(std::string& out, const Json& value) {
    char before = '[';
    for (const Json& inner : value) {
        out.push_back(before);
        append_json(out, inner);
        before = ',';
    }
    out += before == '[' ? "[]" : "]";
}

void append_json(std::string& out, const Json& value) {
    switch (value.type()) {
        case Json::value_t::object:
            return append_object(out, value);
        case Json::value_t::array:
            return append_array(out, value);
        case Json::value_t::string:
            return append_json_string(out, value.get_ref<const std::string&>());
        case Json::value_t::number_integer:
            return append_number(out, value.get<std::int64_t>());
        case Json::value_t::number_unsigned:
            return append_number(out, value.get<std::uint64_t>());
        default:
            out += value.dump();
    }
}

}  // namespace

// Not value.dump(), which decodes each byte of a picture.
std::string json_text(const Json& value) {
    std::string out;
    append_json(out, value);
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        std::size_t plain = plain_length(text);
        out.append(text, 0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        auto first = static_cast<unsigned char>(text.front());
        std::size_t length = first < 0x80 ? 1 : first_character(text).length;
        if (first < 0x80)
            append_escape(out, first);
        else
            append_character(out, length > 0 ? text.substr(0, length) : "\xEF\xBF\xBD");
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    out.push_back('"');
}

const Json& member(const Json& object, std::string_view name) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    for (const auto& [key, value] : object.get_ref<const Json::object_t&>())
        if (key == name) return value;
    return nothing;
}

std::string_view text_member(const Json& object, std::string_view name) {
    const Json& value = member(object, name);
    return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view();
}

const Json::array_t& items(const Json& value) {
    static const Json::array_t nothing;
    return value.is_array() ? value.get_ref<const Json::array_t&>() : nothing;
}

}  // namespace aihub::translate
