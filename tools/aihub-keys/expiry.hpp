// When a key ends and how long something lasts, as people write it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub::keys {

// "30d", "12h", "2027-01-31" (its first moment, UTC), "2027-01-31T08:30:00Z", or "never", which is 0. UTC
// milliseconds. invalid_input for anything else and for what is over already.
Result<std::int64_t> parse_expiry(const std::string& text, std::int64_t now_ms);

// "30d", "12h", "1d12h", or "0": milliseconds. invalid_input, naming `flag`, for anything else.
Result<std::int64_t> parse_span(std::string_view flag, const std::string& text);

// A moment as other programs write it: "2027-01-31T08:30:00.5+02:00", "2027-01-31 08:30:00" (UTC). UTC
// milliseconds; nothing when it is no moment.
std::optional<std::int64_t> parse_timestamp(const std::string& text);

}  // namespace aihub::keys
