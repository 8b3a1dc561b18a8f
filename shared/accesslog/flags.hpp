// What is worth a look in an entry. Pure, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "shared/accesslog/entry.hpp"

namespace aihub::accesslog {

// Stored as bits of a number: append only.
enum class Flag : std::uint8_t {
    upstream_error = 1,   // status 500 and above
    client_error = 2,     // status 400 to 499
    no_api_key = 4,       // also where the format has no place for one: Entry::tells_key
    suspicious_path = 8,  // what scanners look for
    very_slow = 16,       // over 15 seconds
};
inline constexpr std::array all_flags{Flag::upstream_error, Flag::client_error, Flag::no_api_key,
                                      Flag::suspicious_path, Flag::very_slow};

std::uint8_t flags_of(const Entry& entry);

inline bool has_flag(std::uint8_t flags, Flag flag) {
    return (flags & static_cast<std::uint8_t>(flag)) != 0;
}

// "upstream_error" and so on.
std::string_view name(Flag flag);

}  // namespace aihub::accesslog
