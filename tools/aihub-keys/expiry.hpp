// When a key ends, as people write it. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "shared/base/result.hpp"

namespace aihub::keys {

// "30d", "12h", "2027-01-31" (its first moment, UTC), "2027-01-31T08:30:00Z", or "never", which is 0. UTC
// milliseconds. invalid_input for anything else and for what is over already.
Result<std::int64_t> parse_expiry(const std::string& text, std::int64_t now_ms);

}  // namespace aihub::keys
