#include "tools/aihub-serve/translate/json_text.hpp"

#include <algorithm>
#include <vector>

#include "shared/base/strings.hpp"

namespace aihub::translate {
namespace {

constexpr std::size_t max_depth = 512;

// nlohmann's own builder looks a name up in the whole object before it adds it: quadratic time for an object
// of many members. This one appends, and compares the names once the object is complete.
class Builder {
public:
    using number_integer_t = Json::number_integer_t;
    using number_unsigned_t = Json::number_unsigned_t;
    using number_float_t = Json::number_float_t;
    using string_t = Json::string_t;
    using binary_t = Json::binary_t;

    bool null() { return add(nullptr); }
    bool boolean(bool value) { return add(value); }
    bool number_integer(number_integer_t value) { return add(value); }
    bool number_unsigned(number_unsigned_t value) { return add(value); }
    bool number_float(number_float_t value, const string_t&) { return add(value); }
    bool string(string_t& value) { return add(std::move(value)); }
    bool binary(binary_t&) { return false; }

    bool start_object(std::size_t) { return open(Json::object()); }
    bool start_array(std::size_t) { return open(Json::array()); }
    bool key(string_t& name) {
        auto& members = open_.back()->get_ref<Json::object_t&>();
        members.emplace_back(std::move(name), nullptr);
        value_ = &members.back().second;
        return true;
    }
    bool end_object() {
        if (!names_differ(open_.back()->get_ref<const Json::object_t&>())) return false;
        open_.pop_back();
        return true;
    }
    bool end_array() {
        open_.pop_back();
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const Json::exception& error) {
        position_ = position;
        // The library's number for a value that does not fit; all others are about the text's form.
        problem_ = error.id == 406 ? "a number is too large" : "it is malformed";
        return false;
    }

    Result<Json> result(bool well_formed, std::size_t size) {
        if (well_formed) return std::move(root_);
        bool truncated = position_ > size && problem_ == "it is malformed";
        std::string where = position_ == 0 ? "" : " at byte " + std::to_string(position_);
        return truncated ? Error(ErrorCode::corrupt, "the JSON ends too early")
                         : Error(ErrorCode::invalid_input, "the JSON cannot be read: " + problem_ + where);
    }

private:
    template <typename Value>
    Json* place(Value&& value) {
        if (open_.empty()) return &(root_ = std::forward<Value>(value));
        if (open_.back()->is_object()) return &(*value_ = std::forward<Value>(value));
        auto& items = open_.back()->get_ref<Json::array_t&>();
        items.emplace_back(std::forward<Value>(value));
        return &items.back();
    }

    template <typename Value>
    bool add(Value&& value) {
        place(std::forward<Value>(value));
        return true;
    }

    bool open(Json container) {
        if (open_.size() == max_depth) {
            problem_ = "it is nested more than 512 deep";
            return false;
        }
        open_.push_back(place(std::move(container)));
        return true;
    }

    bool names_differ(const Json::object_t& members) {
        names_.clear();
        for (const auto& [name, value] : members) names_.push_back(name);
        std::sort(names_.begin(), names_.end());
        auto twice = std::adjacent_find(names_.begin(), names_.end());
        if (twice == names_.end()) return true;
        problem_ = "the member \"" + printable(twice->substr(0, 64)) + "\" is there twice";
        return false;
    }

    Json root_;
    std::vector<Json*> open_;
    Json* value_ = nullptr;  // where the value of the name that was just read belongs
    std::vector<std::string_view> names_;
    std::string problem_ = "it is malformed";
    std::size_t position_ = 0;
};

}  // namespace

Result<Json> read_json(std::string_view text) {
    Builder builder;
    bool well_formed = Json::sax_parse(text.begin(), text.end(), &builder);
    return builder.result(well_formed, text.size());
}

std::string json_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    append_json_escaped(out, text);
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
