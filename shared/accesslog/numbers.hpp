// Numbers as access logs write them. Pure, any thread. Nothing comes back for what is no such number, a
// negative one, or one too large to be true.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::accesslog {

std::optional<std::int64_t> parse_whole(std::string_view text);

// "1.234" as 1234, of further digits nothing: seconds as milliseconds, milliseconds as microseconds.
std::optional<std::int64_t> parse_thousandths(std::string_view text);

// What nginx writes for several servers, "0.010, - : 0.200": commas between those of one group, colons
// between groups, "-" for one that was not asked. The sum in thousandths; nothing when no server has a time
// or when a piece is no number.
std::optional<std::int64_t> sum_thousandths(std::string_view list);

// The last piece of such a list: the server whose reply was passed on.
std::string_view last_of(std::string_view list);

}  // namespace aihub::accesslog
