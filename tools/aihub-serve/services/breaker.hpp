// Whether a server is to be relied on: closed (yes), open (it failed: tried last) or half open (it answers
// small questions again: one request may try it). Fed with what becomes of requests, never with a client's
// leaving. One a server, shared by all loops; any thread, no lock. Times are steady ms.
#pragma once

#include <atomic>
#include <cstdint>

namespace aihub::serve {

class Breaker {
public:
    enum class State : std::uint8_t { closed, open, half_open, trial };
    enum class Failure {
        connection,  // refused, reset, or ended without an answer
        timeout,     // connected, but silent for too long
        status,      // answered 5xx
    };

    State state() const { return word_.load(std::memory_order_relaxed).state; }
    bool is_closed() const { return state() == State::closed; }
    // How often it has opened: what was learnt of a server is worth asking again when this has moved.
    std::uint32_t openings() const { return openings_.load(std::memory_order_relaxed); }

    // A request was answered by the server.
    void succeeded();
    // True when this opened it. Connection failures and timeouts do at once, statuses when three came in a
    // row within ten seconds; while it is not closed, any failure.
    bool failed(Failure failure);
    bool failed(Failure failure, std::int64_t now);

    // A probe was answered: open becomes half open. True when this did it.
    bool answered() { return move(State::open, State::half_open); }
    // Whether somebody probes the server while it is open; while nobody does, a pause has to do.
    void set_probed(bool probed) { probed_.store(probed, std::memory_order_relaxed); }

    // True for exactly one request to a server that is half open: its outcome decides.
    bool claim_trial();
    bool claim_trial(std::int64_t now);
    // The trial was claimed, but the server was not asked, or not to the end: the next request may have it.
    void give_back_trial() { move(State::trial, State::half_open); }

private:
    // One word, so that every step is one compare and swap.
    struct Word {
        State state : 2;
        std::uint64_t gap : 14;   // ms between the last two statuses in a row; `no_gap` when there is one
        std::uint64_t time : 48;  // of the last status in a row, or of the opening; 0: none
    };
    static_assert(sizeof(Word) == sizeof(std::uint64_t));
    static constexpr std::uint64_t no_gap = (1U << 14) - 1;

    static Word after_failure(Word before, Failure failure, std::int64_t now);
    bool move(State from, State to);
    bool has_rested(Word word, std::int64_t now) const;

    std::atomic<Word> word_{Word{State::closed, no_gap, 0}};
    std::atomic<std::uint32_t> openings_{0};
    std::atomic<bool> probed_{false};
};

}  // namespace aihub::serve
