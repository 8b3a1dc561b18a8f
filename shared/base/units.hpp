// Sizes and durations as people write them in settings: "100MB", "64KiB", "30s", "1m30s", "off".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub {

using Milliseconds = std::chrono::milliseconds;

// Bytes. A bare number is bytes; K, M, G (also KB, KiB, …) are powers of 1024. Nothing when malformed.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

// A bare number is seconds ("1.5" too); ms, s, m, h, d may follow, also one after another. "off" and "0" are
// zero.
std::optional<Milliseconds> parse_duration(std::string_view text);
std::string format_duration(Milliseconds value);

}  // namespace aihub
