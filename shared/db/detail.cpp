#include "shared/db/detail.hpp"

#include "shared/base/strings.hpp"

namespace aihub::db {

std::string json_value(std::int64_t value) {
    return std::to_string(value);
}

std::string json_value(const std::optional<std::int64_t>& value) {
    return value ? json_value(*value) : "null";
}

std::string json_value(const std::string& value) {
    std::string json = "\"";
    append_json_escaped(json, value);
    return json + "\"";
}

std::string json_value(const std::vector<std::string>& values) {
    std::string json = "[";
    for (const std::string& value : values) json += (json.size() == 1 ? "" : ",") + json_value(value);
    return json + "]";
}

Detail& Detail::member(std::string_view name, const std::string& value) {
    members_ += (members_.empty() ? "" : ",") + json_value(std::string(name)) + ":" + value;
    return *this;
}

}  // namespace aihub::db
