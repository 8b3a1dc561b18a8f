// Amounts of money as people write them: decimal, at most 6 places after the point, which are the
// micro-units that are stored. Exact, no floating point. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub {

// "12.50", "-3", "+0.000001", ".5". invalid_input for anything else, for more than 6 places and for what
// leaves 64 bits.
Result<std::int64_t> parse_money(std::string_view text);

// "12.50": two places, more where they are needed.
std::string format_money(std::int64_t micro);

}  // namespace aihub
