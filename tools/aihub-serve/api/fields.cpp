#include "tools/aihub-serve/api/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "shared/base/money.hpp"
#include "shared/base/strings.hpp"
#include "shared/base/units.hpp"
#include "tools/aihub-serve/services/timestamp.hpp"

namespace aihub::serve {
namespace {

using Json = Fields::Json;

constexpr std::size_t most_fields = 64;  // no object of these APIs has nearly as many
constexpr std::size_t most_list_items = 1000;
constexpr std::size_t exact_digits = 15;  // of a decimal number that a double holds as it was written

std::int64_t milliseconds_of(Milliseconds span) {
    return span.count();
}

// "12.5", "0.000001": the shortest digits that mean this number. Nothing when the text that the client wrote
// may have had more digits than a double keeps.
std::optional<std::string> decimal_text(const Json& number) {
    if (number.is_number_integer()) return number.dump();
    double value = number.get<double>();
    std::array<char, 400> digits{};
    auto [end, failed] =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
    if (failed != std::errc() || !std::isfinite(value)) return std::nullopt;
    std::string text(digits.data(), end);
    auto count = std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (static_cast<std::size_t>(count) > exact_digits) return std::nullopt;
    return text;
}

std::optional<std::int64_t> whole_number(const Json& json) {
    if (json.is_number_unsigned()) {
        auto value = json.get<std::uint64_t>();
        if (value <= std::numeric_limits<std::int64_t>::max()) return static_cast<std::int64_t>(value);
    } else if (json.is_number_integer()) {
        return json.get<std::int64_t>();
    }
    return std::nullopt;
}

}  // namespace

Fields::Fields(const Json& object) : object_(object) {
    if (!object.is_object())
        complaint_ =
            Error(ErrorCode::invalid_input, "the body is no JSON object", "send {\"name\": value, …}");
    else if (object.size() > most_fields)
        complaint_ = Error(ErrorCode::invalid_input, "the body has more than 64 fields", "leave some out");
}

const Json* Fields::find(std::string_view name) {
    asked_for_.emplace_back(name);
    if (!object_.is_object()) return nullptr;
    auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool Fields::is_null(std::string_view name) const {
    if (!object_.is_object()) return false;
    auto found = object_.find(name);
    return found != object_.end() && found->is_null();
}

bool Fields::has(std::string_view name) {
    return find(name) != nullptr;
}

void Fields::complain(std::string_view name, std::string_view what) {
    if (!complaint_)
        complaint_ = Error(ErrorCode::invalid_input, std::string(name) + ": " + std::string(what));
}

std::optional<std::string> Fields::text(std::string_view name) {
    const Json* value = find(name);
    if (!value) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    complain(name, "must be a text");
    return std::nullopt;
}

std::string Fields::required_text(std::string_view name) {
    bool there = has(name);
    if (!there) complain(name, "is missing; send it as a text");
    return text(name).value_or("");
}

std::optional<bool> Fields::flag(std::string_view name) {
    const Json* value = find(name);
    if (!value) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    if (*value == 0 || *value == 1) return *value == 1;
    complain(name, "must be true or false");
    return std::nullopt;
}

std::optional<std::int64_t> Fields::number(std::string_view name) {
    const Json* value = find(name);
    if (!value) return std::nullopt;
    std::optional<std::int64_t> number = whole_number(*value);
    if (number && *number >= 0) return number;
    complain(name, "must be a whole number, 0 or more");
    return std::nullopt;
}

Nullable<std::int64_t> Fields::nullable_number(std::string_view name) {
    std::optional<std::int64_t> value = number(name);
    if (value) return value;
    return is_null(name) ? Nullable<std::int64_t>(std::optional<std::int64_t>()) : std::nullopt;
}

std::optional<std::int64_t> Fields::money(std::string_view name) {
    std::string micro_name = std::string(name) + "_micro";
    const Json* value = find(name);
    const Json* micro = find(micro_name);
    if (value && micro) complain(name, "is given twice; leave " + micro_name + " out");
    if (micro) {
        std::optional<std::int64_t> whole = whole_number(*micro);
        if (!whole) complain(micro_name, "must be a whole number of micro-units");
        return whole;
    }
    if (!value) return std::nullopt;
    std::optional<std::string> text;
    if (value->is_string()) text = value->get<std::string>();
    if (value->is_number()) text = decimal_text(*value);
    if (!text) {
        complain(name, "must be an amount such as 12.50; one of more than 15 digits as a text");
        return std::nullopt;
    }
    Result<std::int64_t> amount = parse_money(*text);
    if (amount) return *amount;
    complain(name, amount.error().message + "; " + amount.error().hint);
    return std::nullopt;
}

Nullable<std::int64_t> Fields::nullable_money(std::string_view name) {
    std::optional<std::int64_t> value = money(name);
    if (value) return value;
    bool null = is_null(name) || is_null(std::string(name) + "_micro");
    return null ? Nullable<std::int64_t>(std::optional<std::int64_t>()) : std::nullopt;
}

std::optional<std::vector<std::string>> Fields::list(std::string_view name) {
    const Json* value = find(name);
    if (!value) return is_null(name) ? std::optional(std::vector<std::string>()) : std::nullopt;
    if (value->is_string()) return split_list(value->get_ref<const std::string&>());
    auto is_text = [](const Json& item) { return item.is_string(); };
    if (!value->is_array() || value->size() > most_list_items ||
        !std::all_of(value->begin(), value->end(), is_text)) {
        complain(name, "must be a list of at most 1000 texts");
        return std::nullopt;
    }
    return value->get<std::vector<std::string>>();
}

db::Limits Fields::limits() {
    return {number("requests_per_minute"), number("tokens_per_minute"), number("max_concurrent")};
}

std::optional<std::int64_t> Fields::span(std::string_view name) {
    const Json* value = find(name);
    if (!value) return std::nullopt;
    std::optional<Milliseconds> span;
    if (value->is_string()) span = parse_duration(value->get_ref<const std::string&>());
    if (std::optional<std::int64_t> seconds = whole_number(*value); seconds && *seconds >= 0)
        span = parse_duration(std::to_string(*seconds));
    if (span) return milliseconds_of(*span);
    complain(name, "must be a time span such as \"30d\" or \"12h\", or a number of seconds");
    return std::nullopt;
}

std::optional<std::int64_t> Fields::time(std::string_view name) {
    std::optional<std::string> value = text(name);
    if (!value) return std::nullopt;
    if (*value == "never") return 0;
    // A day alone is its first moment.
    std::string full = value->size() == 10 ? *value + "T00:00:00Z" : *value;
    // 0 means never: the first moment of all has passed like any other.
    if (std::optional<std::int64_t> seconds = unix_seconds(full))
        return std::max<std::int64_t>(1, *seconds * 1000);
    complain(name, "must be a time such as \"2030-01-31T08:30:00Z\", or \"never\"");
    return std::nullopt;
}

std::optional<std::int64_t> Fields::expiry(std::int64_t now_ms) {
    std::optional<std::int64_t> at = time("expires_at");
    std::optional<std::int64_t> in = span("expires_in");
    if (at && in) complain("expires_in", "stands beside expires_at; send one of them");
    if (at && *at != 0 && *at <= now_ms) complain("expires_at", "has passed already");
    if (in && *in <= 0) complain("expires_in", "must be more than 0");
    if (in) return now_ms + *in;
    if (at) return at;
    return is_null("expires_at") ? std::optional<std::int64_t>(0) : std::nullopt;
}

Result<void> Fields::finish() {
    if (complaint_) return *complaint_;
    for (const auto& [name, value] : object_.items())
        if (std::find(asked_for_.begin(), asked_for_.end(), name) == asked_for_.end())
            return Error(ErrorCode::invalid_input,
                         printable(name.substr(0, 64)) + ": is no field of this request", "leave it out");
    return {};
}

}  // namespace aihub::serve
