// What a user or a key may use of the gateway, above what the tier says. Plain values.
#pragma once

#include <cstdint>
#include <optional>

namespace aihub::db {

// Nothing: the tier's limit counts. 0: none at all is allowed.
struct Limits {
    std::optional<std::int64_t> requests_per_minute;
    std::optional<std::int64_t> tokens_per_minute;
    std::optional<std::int64_t> max_concurrent;

    bool operator==(const Limits&) const = default;
};

}  // namespace aihub::db
