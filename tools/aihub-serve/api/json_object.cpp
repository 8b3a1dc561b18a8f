#include "tools/aihub-serve/api/json_object.hpp"

#include "shared/base/clock.hpp"
#include "shared/base/money.hpp"
#include "shared/base/strings.hpp"

namespace aihub::serve {

std::string json_string(std::string_view text) {
    std::string out = "\"";
    append_json_escaped(out, text);
    return out + "\"";
}

void JsonObject::key(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    out_.append(json_string(name)) += ':';
}

JsonObject& JsonObject::json(std::string_view name, std::string_view json) {
    key(name);
    out_ += json;
    return *this;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
    return json(name, json_string(value));
}

JsonObject& JsonObject::text_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? json(name, "null") : text(name, value);
}

JsonObject& JsonObject::number(std::string_view name, std::int64_t value) {
    return json(name, std::to_string(value));
}

JsonObject& JsonObject::number_or_null(std::string_view name, std::optional<std::int64_t> value) {
    return value ? number(name, *value) : json(name, "null");
}

JsonObject& JsonObject::flag(std::string_view name, bool value) {
    return json(name, value ? "true" : "false");
}

JsonObject& JsonObject::money(std::string_view name, std::int64_t micro) {
    return json(name, format_money(micro)).number(std::string(name) + "_micro", micro);
}

JsonObject& JsonObject::money_or_null(std::string_view name, std::optional<std::int64_t> micro) {
    if (micro) return money(name, *micro);
    return json(name, "null").json(std::string(name) + "_micro", "null");
}

JsonObject& JsonObject::time(std::string_view name, std::int64_t ms) {
    return ms == 0 ? json(name, "null") : text(name, utc_iso8601(ms));
}

JsonObject& JsonObject::hundredths(std::string_view name, std::int64_t value) {
    std::string fraction = std::to_string(100 + value % 100).substr(1);
    return json(name, std::to_string(value / 100) + "." + fraction);
}

std::string JsonObject::take() {
    return std::move(out_) + "}";
}

}  // namespace aihub::serve
