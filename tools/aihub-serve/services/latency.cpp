#include "tools/aihub-serve/services/latency.hpp"

#include <cmath>

namespace aihub::serve {
namespace {

constexpr std::uint32_t enough = 3;               // that many are needed before the average is believed
constexpr std::int64_t tick_ms = 16;              // 30 bits of them wrap after half a year
constexpr float half_life = 10'000.0F / tick_ms;  // in ticks
constexpr std::uint32_t time_mask = (1U << 30) - 1;

std::uint32_t ticks(std::int64_t now) {
    return static_cast<std::uint32_t>(now / tick_ms) & time_mask;
}

float age(std::uint32_t now, std::uint32_t then) {
    return static_cast<float>((now - then) & time_mask);
}

}  // namespace

void Latency::note(float first_byte_ms, std::int64_t now) {
    std::uint32_t time = ticks(now);
    Word before = word_.load(std::memory_order_relaxed);
    Word after{};
    do {
        float share = before.count < enough ? 1.0F / static_cast<float>(before.count + 1)
                                            : 1.0F - std::exp2(-age(time, before.time) / half_life);
        float average = before.average + share * (first_byte_ms - before.average);
        after = {average, before.count < enough ? before.count + 1U : enough, time};
    } while (!word_.compare_exchange_weak(before, after, std::memory_order_relaxed));
}

float Latency::average(std::int64_t now) const {
    Word word = word_.load(std::memory_order_relaxed);
    if (word.count < enough) return 0;
    return word.average * half_life / (half_life + age(ticks(now), word.time));
}

}  // namespace aihub::serve
