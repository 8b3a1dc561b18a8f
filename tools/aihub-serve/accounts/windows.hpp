// Sliding windows of 60 seconds: what was taken in the last minute, exactly. Not locked: whoever owns one
// locks it. Times are steady milliseconds.
#pragma once

#include <cstdint>
#include <deque>

namespace aihub::serve {

inline constexpr std::int64_t window_ms = 60'000;

// Requests, each at its moment; those of one millisecond are kept as a number, so that a minute takes at most
// 60,000 entries however many there are.
class RequestWindow {
public:
    std::int64_t count(std::int64_t now);
    void take(std::int64_t now);
    // As if that take had not been.
    void give_back(std::int64_t taken_at);
    // Until `count` is below `limit`; 0 when it is.
    std::int64_t wait_for(std::int64_t limit, std::int64_t now);
    // Until all of it is free again.
    std::int64_t until_empty(std::int64_t now);

private:
    struct Moment {
        std::int64_t time;
        std::int64_t requests;
    };
    void forget_old(std::int64_t now);

    std::deque<Moment> moments_;  // times grow
    std::int64_t sum_ = 0;
};

// Tokens, gathered by tenths of a second.
class TokenWindow {
public:
    std::int64_t count(std::int64_t now);
    void take(std::int64_t now, std::int64_t tokens);
    std::int64_t wait_for(std::int64_t limit, std::int64_t now);
    std::int64_t until_empty(std::int64_t now);

private:
    struct Bucket {
        std::int64_t time;
        std::int64_t tokens;
    };
    void forget_old(std::int64_t now);

    std::deque<Bucket> buckets_;
    std::int64_t sum_ = 0;
};

}  // namespace aihub::serve
