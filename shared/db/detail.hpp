// What an audit row says of a change: a small JSON object, written by hand because the JSON library is not
// seen from here. Pure. Private to shared/db. Never put a token into one.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::db {

std::string json_value(std::int64_t value);
std::string json_value(const std::optional<std::int64_t>& value);
std::string json_value(const std::string& value);
std::string json_value(const std::vector<std::string>& values);
std::string json_value(std::same_as<bool> auto value) {
    return value ? "true" : "false";
}

class Detail {
public:
    template <typename T>
    Detail& add(std::string_view name, const T& value) {
        return member(name, json_value(value));
    }
    // [before, after], where they differ.
    template <typename T>
    Detail& change(std::string_view name, const T& before, const T& after) {
        if (before == after) return *this;
        return member(name, "[" + json_value(before) + "," + json_value(after) + "]");
    }

    bool empty() const { return members_.empty(); }
    std::string json() const { return "{" + members_ + "}"; }

private:
    Detail& member(std::string_view name, const std::string& value);

    std::string members_;
};

}  // namespace aihub::db
