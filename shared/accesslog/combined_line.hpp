// A line of the combined format, as nginx and Apache write it:
//     ADDRESS - USER [31/Jan/2026:09:30:00 +0100] "GET / HTTP/1.1" 200 612 "REFERER" "AGENT"
// It says nothing of keys and times of requests. What follows is passed over, but for X-Forwarded-For in
// quotes right behind, as nginx's format `main` has it. Pure; one thread each.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/accesslog/entry.hpp"
#include "shared/accesslog/unescape.hpp"

namespace aihub::accesslog {

// Why the line cannot be read, in words; nothing when `entry` (but its path, and with secrets not yet masked)
// is made.
std::optional<std::string> read_combined_entry(std::string_view line, Unescaped& unescaped, Entry& entry);

}  // namespace aihub::accesslog
