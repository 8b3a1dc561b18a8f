// A JSON object, written member by member straight into text. Money comes from whole micro-units and never
// passes a floating-point number, so that what a client adds up is what the database holds. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::serve {

class ObjectWriter {
public:
    ObjectWriter& text(std::string_view name, std::string_view value);
    // null when it is empty.
    ObjectWriter& text_or_null(std::string_view name, std::string_view value);
    ObjectWriter& number(std::string_view name, std::int64_t value);
    ObjectWriter& number_or_null(std::string_view name, std::optional<std::int64_t> value);
    ObjectWriter& flag(std::string_view name, bool value);
    // Two members: `name`, a decimal number of the currency, and `name`_micro, the same in micro-units.
    ObjectWriter& money(std::string_view name, std::int64_t micro);
    ObjectWriter& money_or_null(std::string_view name, std::optional<std::int64_t> micro);
    // RFC 3339; null for 0.
    ObjectWriter& time(std::string_view name, std::int64_t ms);
    // Hundredths as a decimal number: 1234 is 12.34.
    ObjectWriter& hundredths(std::string_view name, std::int64_t value);
    // JSON text as it is.
    ObjectWriter& json(std::string_view name, std::string_view json);

    std::string take();

private:
    void key(std::string_view name);

    std::string out_ = "{";
};

std::string json_string(std::string_view text);

// A list, item by item.
class ListWriter {
public:
    void add(std::string_view json);
    std::string take();

private:
    std::string out_ = "[";
};

// A list of what `show` makes of each item.
template <typename Items, typename Show>
std::string json_list(const Items& items, Show show) {
    ListWriter list;
    for (const auto& item : items) list.add(show(item));
    return list.take();
}

}  // namespace aihub::serve
