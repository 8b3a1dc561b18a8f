// Points in time as servers write them. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::serve {

// Seconds since 1970 of RFC 3339's form ("2026-01-31T09:30:00.123+01:00"); nothing when it is none.
std::optional<std::int64_t> unix_seconds(std::string_view rfc3339);

}  // namespace aihub::serve
