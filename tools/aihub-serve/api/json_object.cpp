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

void ObjectWriter::key(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    out_.append(json_string(name)) += ':';
}

ObjectWriter& ObjectWriter::json(std::string_view name, std::string_view json) {
    key(name);
    out_ += json;
    return *this;
}

ObjectWriter& ObjectWriter::text(std::string_view name, std::string_view value) {
    return json(name, json_string(value));
}

ObjectWriter& ObjectWriter::text_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? json(name, "null") : text(name, value);
}

ObjectWriter& ObjectWriter::number(std::string_view name, std::int64_t value) {
    return json(name, std::to_string(value));
}

ObjectWriter& ObjectWriter::number_or_null(std::string_view name, std::optional<std::int64_t> value) {
    return value ? number(name, *value) : json(name, "null");
}

ObjectWriter& ObjectWriter::flag(std::string_view name, bool value) {
    return json(name, value ? "true" : "false");
}

ObjectWriter& ObjectWriter::money(std::string_view name, std::int64_t micro) {
    return json(name, format_money(micro)).number(std::string(name) + "_micro", micro);
}

ObjectWriter& ObjectWriter::money_or_null(std::string_view name, std::optional<std::int64_t> micro) {
    if (micro) return money(name, *micro);
    return json(name, "null").json(std::string(name) + "_micro", "null");
}

ObjectWriter& ObjectWriter::time(std::string_view name, std::int64_t ms) {
    return ms == 0 ? json(name, "null") : text(name, utc_iso8601(ms));
}

ObjectWriter& ObjectWriter::hundredths(std::string_view name, std::int64_t value) {
    std::string fraction = std::to_string(100 + value % 100).substr(1);
    return json(name, std::to_string(value / 100) + "." + fraction);
}

std::string ObjectWriter::take() {
    return std::move(out_) + "}";
}

void ListWriter::add(std::string_view json) {
    if (out_.size() > 1) out_ += ',';
    out_ += json;
}

std::string ListWriter::take() {
    out_ += ']';
    return std::move(out_);
}

}  // namespace aihub::serve
