#include "tools/aihub-serve/translate/chat_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aihub::translate {
namespace {

bool is_text(const Json& part) {
    return part["type"] == "text";
}

std::string joined(Json& parts) {
    std::string out = std::move(parts[0]["text"].get_ref<std::string&>());
    for (std::size_t i = 1; i < parts.size(); ++i)
        out.append("\n").append(parts[i]["text"].get_ref<std::string&>());
    return out;
}

char id_character(char c) {
    bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    return fits ? c : '_';
}

}  // namespace

Json text_part(std::string text) {
    return {{"type", "text"}, {"text", std::move(text)}};
}

Json image_part(std::string url) {
    return {{"type", "image_url"}, {"image_url", {{"url", std::move(url)}}}};
}

Json content_of(Json parts) {
    if (parts.empty()) return "";
    return std::all_of(parts.begin(), parts.end(), is_text) ? Json(joined(parts)) : parts;
}

Json function_call(std::string id, std::string name, std::string arguments) {
    return {{"id", std::move(id)},
            {"type", "function"},
            {"function", {{"name", std::move(name)}, {"arguments", std::move(arguments)}}}};
}

Json tool_message(std::string call_id, Json content) {
    return {{"role", "tool"}, {"tool_call_id", std::move(call_id)}, {"content", std::move(content)}};
}

void set_thinking(Json& common, bool enabled) {
    common["chat_template_kwargs"] = {{"enable_thinking", enabled}};
    if (!enabled) common["reasoning_effort"] = "none";
}

std::string id_stem(const Circumstances& circumstances) {
    std::string_view id = circumstances.request_id;
    if (id.starts_with("req_")) id.remove_prefix(4);
    std::string out(id);
    std::transform(out.begin(), out.end(), out.begin(), id_character);
    std::array<char, 20> digits{};
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), circumstances.now_ms, 16).ptr;
    return out.append(digits.data(), end);
}

}  // namespace aihub::translate
