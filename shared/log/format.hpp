// One event as one line of text. Pure. Private to shared/log.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shared/log/log.hpp"

namespace aihub::log {

// `2026-01-31T08:30:00Z info key.created user=bob note="two words"`, or the same as a JSON object; no
// newline.
std::string format_line(Format format, std::int64_t time_ms, Level level, std::string_view event,
                        std::span<const Field> fields);

}  // namespace aihub::log
