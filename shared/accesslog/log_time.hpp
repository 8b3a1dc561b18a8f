// Times as logs write them, to milliseconds since 1970 UTC: ISO 8601 (nginx's $time_iso8601, with or without
// a fraction; without a zone it is UTC), the combined format's 31/Jan/2026:09:30:00 +0100, and seconds since
// 1970 ($msec; counts too large for seconds are milli-, micro- or nanoseconds). Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::accesslog {

// Nothing for any other text, and for dates that no calendar has.
std::optional<std::int64_t> parse_log_time(std::string_view text);

}  // namespace aihub::accesslog
