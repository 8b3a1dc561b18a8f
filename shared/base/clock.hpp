// Wall-clock time as this project stores and prints it. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace aihub {

// Milliseconds since 1970-01-01 UTC: the unit of every stored time.
std::int64_t now_ms();

// "2026-01-31T08:30:00Z" (RFC 3339, UTC, whole seconds).
std::string utc_iso8601(std::int64_t ms);
// "2026-01-31T09:30:00+01:00", local zone: nginx's $time_iso8601.
std::string local_iso8601(std::int64_t ms);
// "Sat, 31 Jan 2026 08:30:00 GMT": the Date header (RFC 9110 5.6.7).
std::string http_date(std::int64_t ms);

}  // namespace aihub
