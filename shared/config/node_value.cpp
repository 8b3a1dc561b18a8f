#include "shared/config/node_value.hpp"

#include "shared/config/value_check.hpp"

namespace aihub::config {
namespace {

using Kind = JsonNode::Kind;

bool is_text(const JsonNode& node) {
    return node.kind == Kind::text;
}
bool is_whole(const JsonNode& node) {
    return node.kind == Kind::number && node.whole;
}
bool holds_numbers(const Setting& setting) {
    return setting.allowed.find("..") != std::string_view::npos;
}

bool fits(const Setting& setting, const JsonNode& node) {
    switch (setting.type) {
        case Type::text:
            return is_text(node);
        case Type::integer:
            return is_whole(node);
        case Type::number:
            return node.kind == Kind::number;
        case Type::boolean:
            return node.kind == Kind::boolean || is_text(node);
        case Type::size:
            return is_whole(node) || is_text(node);
        case Type::duration:
            return node.kind == Kind::number || is_text(node);
        case Type::list:
            return node.kind == Kind::array || is_text(node);
    }
    return false;
}

std::string wanted(const Setting& setting) {
    switch (setting.type) {
        case Type::text:
            return "write text in quotes";
        case Type::integer:
            return "write a whole number, without quotes";
        case Type::number:
            return "write a number, without quotes";
        case Type::boolean:
            return "write true or false";
        case Type::size:
            return "write bytes, or a size such as \"100MB\"";
        case Type::duration:
            return "write seconds, or a duration such as \"30s\"";
        case Type::list:
            return "write a list such as [\"a\", \"b\"]";
    }
    return {};
}

Error wrong_type(const Setting& setting, const JsonNode& node) {
    return Error(ErrorCode::invalid_input, "wrong type: " + std::string(kind_words(node.kind)),
                 wanted(setting));
}

// Lists are kept as comma-separated text, so an item cannot hold one.
Result<std::string> joined_items(const Setting& setting, const JsonNode& node) {
    std::string text;
    for (const JsonNode& item : node.items) {
        if (!is_text(item) && !(holds_numbers(setting) && is_whole(item))) return wrong_type(setting, item);
        if (item.text.empty() || item.text.find(',') != std::string::npos)
            return Error(ErrorCode::invalid_input, "an item is empty or holds a comma",
                         "write each item in quotes of its own");
        if (!text.empty()) text.push_back(',');
        text.append(item.text);
    }
    return text;
}

}  // namespace

std::string_view kind_words(JsonNode::Kind kind) {
    switch (kind) {
        case Kind::null:
            return "null";
        case Kind::boolean:
            return "true or false";
        case Kind::number:
            return "a number";
        case Kind::text:
            return "text";
        case Kind::array:
            return "a list";
        case Kind::object:
            return "an object";
    }
    return "nothing";
}

Result<std::string> node_value(const Setting& setting, const JsonNode& node) {
    if (!fits(setting, node)) return wrong_type(setting, node);
    if (node.kind != Kind::array) return canonical_value(setting, node.text);
    Result<std::string> items = joined_items(setting, node);
    if (!items) return items;
    return canonical_value(setting, *items);
}

}  // namespace aihub::config
