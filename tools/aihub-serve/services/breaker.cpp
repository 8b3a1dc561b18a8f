#include "tools/aihub-serve/services/breaker.hpp"

#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::serve {
namespace {

constexpr std::uint64_t run_ms = 10'000;  // three statuses within this time open it
constexpr std::uint64_t rest_ms = 2'000;  // without probes, a trial is made after it

}  // namespace

void Breaker::succeeded() {
    Word word = word_.load(std::memory_order_relaxed);
    constexpr Word fresh{State::closed, no_gap, 0};
    while (word.state != State::closed || word.time != 0)  // nothing is written while all is well
        if (word_.compare_exchange_weak(word, fresh)) return;
}

bool Breaker::failed(Failure failure) {
    return failed(failure, net::steady_ms());
}

bool Breaker::failed(Failure failure, std::int64_t now) {
    Word before = word_.load();
    Word after = after_failure(before, failure, now);
    while (!word_.compare_exchange_weak(before, after)) after = after_failure(before, failure, now);
    bool opened = before.state != State::open && after.state == State::open;
    if (opened) openings_.fetch_add(1, std::memory_order_relaxed);
    return opened;
}

Breaker::Word Breaker::after_failure(Word before, Failure failure, std::int64_t now) {
    auto time = static_cast<std::uint64_t>(now);
    Word opened{State::open, no_gap, time};
    if (before.state == State::open) return before;  // its pause is not made longer
    if (before.state != State::closed || failure != Failure::status) return opened;
    bool in_a_row = before.time != 0 && time - before.time <= run_ms;
    if (!in_a_row) return {State::closed, no_gap, time};
    std::uint64_t gap = time - before.time;
    if (before.gap != no_gap && before.gap + gap <= run_ms) return opened;
    return {State::closed, gap, time};
}

bool Breaker::move(State from, State to) {
    Word word = word_.load(std::memory_order_relaxed);
    while (word.state == from)
        if (word_.compare_exchange_weak(word, Word{to, no_gap, word.time})) return true;
    return false;
}

bool Breaker::has_rested(Word word, std::int64_t now) const {
    if (word.state != State::open || probed_.load(std::memory_order_relaxed)) return false;
    return static_cast<std::uint64_t>(now) >= word.time + rest_ms;
}

bool Breaker::claim_trial() {
    return claim_trial(net::steady_ms());
}

bool Breaker::claim_trial(std::int64_t now) {
    if (has_rested(word_.load(std::memory_order_relaxed), now)) answered();
    return move(State::half_open, State::trial);
}

}  // namespace aihub::serve
