#include "tools/aihub-serve/translate/members.hpp"

#include <algorithm>

#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {
namespace {

// No object of these APIs has nearly as many; more would only cost time.
constexpr std::size_t max_members = 64;

bool is_count(const Json& value) {
    return value.is_number_unsigned() && value.get<std::uint64_t>() > 0;
}

bool asks_for_nothing(const Json& value) {
    return value.is_null() || value == false || (value.is_structured() && value.empty());
}

std::string either_of(std::initializer_list<std::string_view> words) {
    std::string out;
    for (std::string_view word : words) {
        if (!out.empty()) out += word == *(words.end() - 1) ? " or " : ", ";
        out += word;
    }
    return out;
}

}  // namespace

Members::Members(const Json& object, std::string path, Complaint& complaint)
    : path_(std::move(path)), complaint_(complaint) {
    if (!object.is_object())
        complain(malformed(path_.empty() ? "the request" : path_, "an object"));
    else if (object.size() > max_members)
        complain(malformed(path_.empty() ? "the request" : path_, "an object of at most 64 members"));
    else
        members_ = &object.get_ref<const Json::object_t&>();
}

Members::~Members() {
    if (!members_ || complaint_) return;
    for (std::size_t i = 0; i < members_->size(); ++i) {
        const auto& [name, value] = members_->data()[i];
        bool was_asked_for = (asked_for_ >> i & 1) == 1;
        if (!was_asked_for && !value.is_null()) complain(not_to_be_had(path(name), "leave it out"));
    }
}

const Json* Members::find(std::string_view name) {
    if (!members_) return nullptr;
    auto at = std::find_if(members_->begin(), members_->end(),
                           [&](const auto& each) { return each.first == name; });
    if (at == members_->end()) return nullptr;
    asked_for_ |= std::uint64_t{1} << (at - members_->begin());
    return &at->second;
}

const Json* Members::any(std::string_view name) {
    const Json* value = find(name);
    return value && !value->is_null() ? value : nullptr;
}

const Json* Members::of_type(std::string_view name, Test test, std::string_view expected) {
    const Json* value = any(name);
    if (!value || test(*value)) return value;
    complain(malformed(path(name), expected));
    return nullptr;
}

const std::string* Members::text(std::string_view name) {
    const Json* value = of_type(name, [](const Json& json) { return json.is_string(); }, "a string");
    return value ? &value->get_ref<const std::string&>() : nullptr;
}

const Json* Members::number(std::string_view name) {
    return of_type(name, [](const Json& json) { return json.is_number(); }, "a number");
}

const Json* Members::count(std::string_view name) {
    return of_type(name, is_count, "a whole number, 1 or more");
}

const Json* Members::list(std::string_view name) {
    return of_type(name, [](const Json& json) { return json.is_array(); }, "a list");
}

const Json* Members::object(std::string_view name) {
    return of_type(name, [](const Json& json) { return json.is_object(); }, "an object");
}

std::optional<bool> Members::flag(std::string_view name) {
    const Json* value = of_type(name, [](const Json& json) { return json.is_boolean(); }, "true or false");
    return value ? std::optional(value->get<bool>()) : std::nullopt;
}

const std::string* Members::word(std::string_view name, std::initializer_list<std::string_view> words) {
    const std::string* value = text(name);
    if (!value || std::find(words.begin(), words.end(), *value) != words.end()) return value;
    complain(malformed(path(name), either_of(words)));
    return nullptr;
}

const std::string& Members::required_text(std::string_view name) {
    static const std::string none;
    const std::string* value = text(name);
    if (!value) complain(malformed(path(name), "a string"));
    return value ? *value : none;
}

void Members::accept(std::initializer_list<std::string_view> names) {
    for (std::string_view name : names) find(name);
}

void Members::refuse(std::string_view name, std::string_view what_to_do) {
    const Json* value = find(name);
    if (value && !asks_for_nothing(*value)) complain(not_to_be_had(path(name), what_to_do));
}

void Members::refuse_value(std::string_view name, std::string_view value, std::string_view what_to_do) {
    complain(not_to_be_had(path(name) + ": " + std::string(value.substr(0, 64)), what_to_do));
}

void Members::complain(Error error) {
    if (!complaint_) complaint_ = std::move(error);
}

std::string Members::path(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

std::string item_path(std::string_view list, std::size_t index) {
    return std::string(list) + "[" + std::to_string(index) + "]";
}

Error not_to_be_had(std::string_view member, std::string_view what_to_do) {
    return no_counterpart(member, "the API of the model's server", what_to_do);
}

}  // namespace aihub::translate
