#include "tools/aihub-serve/translate/ollama_conversation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/translate/api.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {
namespace {

std::string at(std::string_view list, std::size_t index) {
    return std::string(list) + "[" + std::to_string(index) + "]";
}

bool is_base64(std::string_view text) {
    auto fits = [](unsigned char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
               c == '/';
    };
    std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bool length = text.size() % 4 == 0;
    return !text.empty() && length &&
           std::all_of(text.begin(), text.end() - static_cast<long>(padding), fits);
}

struct Signature {
    std::string_view bytes;
    std::size_t offset;
    std::string_view type;
};
constexpr std::array signatures = {
    Signature{"\x89PNG", 0, "image/png"}, Signature{"\xFF\xD8\xFF", 0, "image/jpeg"},
    Signature{"GIF8", 0, "image/gif"},    Signature{"WEBP", 8, "image/webp"},
    Signature{"BM", 0, "image/bmp"},
};

// By the first bytes, as Ollama itself tells them apart; empty for others.
std::string_view image_type(std::string_view base64) {
    std::string start = decode_base64(base64.substr(0, 16)).value_or("");
    for (const Signature& each : signatures)
        if (start.size() > each.offset && std::string_view(start).substr(each.offset).starts_with(each.bytes))
            return each.type;
    return {};
}

Result<Json> image_part(const Json& image, const std::string& where) {
    if (!image.is_string() || !is_base64(image.get_ref<const std::string&>()))
        return malformed(where, "an image as base64, without a \"data:\" in front");
    const auto& base64 = image.get_ref<const std::string&>();
    std::string_view type = image_type(base64);
    if (type.empty()) return malformed(where, "a PNG, JPEG, GIF, WebP or BMP image");
    std::string url;
    url.reserve(base64.size() + 32);
    url.append("data:").append(type).append(";base64,").append(base64);
    return Json{{"type", "image_url"}, {"image_url", {{"url", std::move(url)}}}};
}

// Calls of the newest assistant's message, and which of them have their results.
class OpenCalls {
public:
    void begin() { calls_.clear(); }

    // The id of a call: the client's, or one made up, the same each time the conversation is sent again, so
    // that servers meet their cache. Mistral's templates want exactly nine letters and digits.
    std::string add(std::string_view id, std::string_view name) {
        std::array<char, 32> made{};
        std::snprintf(made.data(), made.size(), "call%05zu", ++made_ % 100'000);
        calls_.push_back({id.empty() ? made.data() : std::string(id), std::string(name), false});
        return calls_.back().id;
    }

    // Which call a result belongs to: the oldest of the tool's name that has none, else the oldest. A result
    // whose call is not in the conversation any more gets an id of its own.
    std::string answer(std::string_view id, std::string_view name) {
        auto open = [&](auto fits) {
            return std::find_if(calls_.begin(), calls_.end(),
                                [&](const Call& each) { return !each.answered && fits(each); });
        };
        auto call = open([&](const Call& each) { return each.id == id; });
        if (!id.empty() && call == calls_.end()) return std::string(id);
        if (call == calls_.end() && !name.empty())
            call = open([&](const Call& each) { return each.name == name; });
        if (call == calls_.end()) call = open([](const Call&) { return true; });
        if (call == calls_.end()) return "call00000";
        call->answered = true;
        return call->id;
    }

private:
    struct Call {
        std::string id, name;
        bool answered;
    };
    std::vector<Call> calls_;
    std::size_t made_ = 0;
};

Result<Json> common_call(const Json& call, OpenCalls& open, const std::string& where) {
    const Json& function = member(call, "function");
    std::string_view name = text_member(function, "name");
    if (name.empty()) return malformed(where + ".function.name", "the name of a tool");
    const Json& arguments = member(function, "arguments");
    if (!arguments.is_object() && !arguments.is_null())
        return malformed(where + ".function.arguments", "an object");
    return Json{
        {"id", open.add(text_member(call, "id"), name)},
        {"type", "function"},
        {"function", {{"name", name}, {"arguments", arguments.is_null() ? "{}" : json_text(arguments)}}}};
}

Result<Json> common_calls(const Json& calls, OpenCalls& open, const std::string& where) {
    if (!calls.is_array()) return malformed(where, "a list of tool calls");
    Json list = Json::array();
    for (std::size_t i = 0; i < calls.size(); ++i) {
        auto call = common_call(calls[i], open, at(where, i));
        if (!call) return call;
        list.push_back(std::move(*call));
    }
    return list;
}

constexpr std::array<std::string_view, 8> known_members = {
    "role", "content", "thinking", "images", "tool_calls", "tool_name", "tool_call_id", "name"};

Result<void> check_members(const Json& message, const std::string& where) {
    if (!message.is_object()) return malformed(where, "an object with role and content");
    for (const auto& [name, value] : message.items())
        if (!value.is_null() &&
            std::find(known_members.begin(), known_members.end(), name) == known_members.end())
            return no_counterpart(where + "." + name, name_of(Api::chat), "leave it out");
    return {};
}

Result<std::string> role_of(const Json& message, const std::string& where) {
    std::string role = to_lower(text_member(message, "role"));
    for (std::string_view known : {"system", "user", "assistant", "tool"})
        if (role == known) return role;
    return malformed(where + ".role", "\"system\", \"user\", \"assistant\" or \"tool\"");
}

Result<void> take_calls(const Json& message, const std::string& where, OpenCalls& open, Json& common) {
    open.begin();
    const Json& calls = member(message, "tool_calls");
    if (calls.is_null() || calls == Json::array()) return {};
    auto list = common_calls(calls, open, where + ".tool_calls");
    if (!list) return list.error();
    common["tool_calls"] = std::move(*list);
    return {};
}

void take_result(const Json& message, OpenCalls& open, Json& common) {
    std::string_view name = text_member(message, "tool_name");
    if (name.empty()) name = text_member(message, "name");  // as OpenAI's clients call it
    common["tool_call_id"] = open.answer(text_member(message, "tool_call_id"), name);
    if (!name.empty()) common["name"] = name;
}

Result<Json> common_message(const Json& message, OpenCalls& open, const std::string& where) {
    if (auto known = check_members(message, where); !known) return known.error();
    auto role = role_of(message, where);
    if (!role) return role.error();
    auto content = content_with_images(member(message, "images"), member(message, "content"), where);
    if (!content) return content;
    Json common = {{"role", *role}, {"content", std::move(*content)}};
    if (const Json& thinking = member(message, "thinking"); !thinking.is_null() && thinking != "") {
        if (!thinking.is_string()) return malformed(where + ".thinking", "a text");
        common["reasoning_content"] = thinking;
    }
    if (*role == "tool") take_result(message, open, common);
    if (*role != "assistant") return common;
    if (auto calls = take_calls(message, where, open, common); !calls) return calls.error();
    return common;
}

}  // namespace

Result<Json> content_with_images(const Json& images, const Json& text, const std::string& where) {
    if (!text.is_string() && !text.is_null()) return malformed(where + ".content", "a text");
    if (images.is_null() || images == Json::array()) return text.is_null() ? Json("") : text;
    if (!images.is_array()) return malformed(where + ".images", "a list of images as base64");
    Json parts = Json::array();
    for (std::size_t i = 0; i < images.size(); ++i) {
        auto part = image_part(images[i], at(where + ".images", i));
        if (!part) return part;
        parts.push_back(std::move(*part));
    }
    if (text.is_string() && text != "") parts.push_back({{"type", "text"}, {"text", text}});
    return parts;
}

Result<Json> common_messages(const Json& messages) {
    if (!messages.is_array()) return malformed("messages", "a list of messages");
    OpenCalls open;
    Json list = Json::array();
    for (std::size_t i = 0; i < messages.size(); ++i) {
        auto message = common_message(messages[i], open, at("messages", i));
        if (!message) return message;
        list.push_back(std::move(*message));
    }
    return list;
}

}  // namespace aihub::translate
