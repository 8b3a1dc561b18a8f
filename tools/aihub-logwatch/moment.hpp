// A moment in the past as people write it on a command line. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub::logwatch {

// "1h" (that long ago), "2027-01-31" (its first moment, UTC), "2027-01-31T08:30:00Z", "now", or "ever", the
// beginning of time. UTC milliseconds. invalid_input, naming `flag`, for anything else.
Result<std::int64_t> parse_moment(std::string_view flag, const std::string& text, std::int64_t now_ms);

}  // namespace aihub::logwatch
