// Numbers for rows of usage: unique among all gateways of a database, and growing with time, so that rows are
// appended and a row that is written twice is known. One a loop; its thread only.
//
// From the top: milliseconds since 2024 (41 bits), the process's number in the database (8), the loop (6), a
// count (8) that carries into the milliseconds.
#pragma once

#include <algorithm>
#include <cstdint>

namespace aihub::serve {

class UsageIds {
public:
    static constexpr std::int64_t epoch_ms = 1'704'067'200'000;  // 2024-01-01T00:00:00Z
    static constexpr int time_shift = 22;

    UsageIds(std::int64_t writer, std::size_t loop)
        : place_((writer & 0xFF) << 14 | static_cast<std::int64_t>(loop & 0x3F) << 8) {}

    // `now_ms` since 1970, UTC; may go back.
    std::int64_t next(std::int64_t now_ms) {
        ticks_ = std::max(ticks_ + 1, (now_ms - epoch_ms) << 8);
        return (ticks_ >> 8) << time_shift | place_ | (ticks_ & 0xFF);
    }

    // When the row of that number was made, UTC.
    static std::int64_t time_of(std::int64_t id) { return (id >> time_shift) + epoch_ms; }
    // Whether the process of that number made it, or one that comes 256 processes before or after it.
    static bool is_of(std::int64_t id, std::int64_t writer) { return ((id >> 14) & 0xFF) == (writer & 0xFF); }

private:
    std::int64_t place_;
    std::int64_t ticks_ = 0;  // milliseconds and count, as one number
};

}  // namespace aihub::serve
