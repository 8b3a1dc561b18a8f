// Points in time and lengths of time as Ollama reads and writes them. Pure but for ReplyClock, which looks at
// the steady clock. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {

constexpr std::string_view keep_alive_forms = "seconds, or a duration such as \"5m\"; -1 is for ever";

// Seconds of a number, or of Go's words for a duration ("1h30m", "1.5s", "-1m"). Nothing when it is neither.
std::optional<double> ollama_seconds(const Json& value);

// "2026-01-31T08:30:00.123456789Z"
std::string rfc3339_nanoseconds(std::int64_t nanoseconds);

// Wall-clock time from a request on, which the adjusting of clocks does not disturb.
class ReplyClock {
public:
    explicit ReplyClock(std::int64_t start_ms) : start_ms_(start_ms), start_(Steady::now()) {}

    std::uint64_t elapsed() const {  // nanoseconds
        return static_cast<std::uint64_t>(std::chrono::nanoseconds(Steady::now() - start_).count());
    }
    std::string created_at();  // now, as rfc3339_nanoseconds()

private:
    using Steady = std::chrono::steady_clock;
    std::int64_t start_ms_;
    std::int64_t second_ = -1;  // the one that `date_` is of: a stream has many pieces in one
    std::string date_;
    Steady::time_point start_;
};

}  // namespace aihub::translate
