// A JSON object, written member by member straight into text. Money comes from whole micro-units and never
// passes a floating-point number, so that what a client adds up is what the database holds. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::serve {

class JsonObject {
public:
    JsonObject& text(std::string_view name, std::string_view value);
    // null when it is empty.
    JsonObject& text_or_null(std::string_view name, std::string_view value);
    JsonObject& number(std::string_view name, std::int64_t value);
    JsonObject& number_or_null(std::string_view name, std::optional<std::int64_t> value);
    JsonObject& flag(std::string_view name, bool value);
    // Two members: `name`, a decimal number of the currency, and `name`_micro, the same in micro-units.
    JsonObject& money(std::string_view name, std::int64_t micro);
    JsonObject& money_or_null(std::string_view name, std::optional<std::int64_t> micro);
    // RFC 3339; null for 0.
    JsonObject& time(std::string_view name, std::int64_t ms);
    // Hundredths as a decimal number: 1234 is 12.34.
    JsonObject& hundredths(std::string_view name, std::int64_t value);
    // JSON text as it is.
    JsonObject& json(std::string_view name, std::string_view json);

    std::string take();

private:
    void key(std::string_view name);

    std::string out_ = "{";
};

std::string json_string(std::string_view text);

// A list of what `show` makes of each item.
template <typename Items, typename Show>
std::string json_list(const Items& items, Show show) {
    std::string out = "[";
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += show(item);
    }
    return out + "]";
}

}  // namespace aihub::serve
