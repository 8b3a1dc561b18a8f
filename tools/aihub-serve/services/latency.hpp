// How long a server takes to its first byte: an average in which the last ten seconds count as much as all
// before. Fed with successes only, so that a server that fails fast does not look fast. One a server; any
// thread, no lock. Times are steady ms.
#pragma once

#include <atomic>
#include <cstdint>

namespace aihub::serve {

class Latency {
public:
    void note(float first_byte_ms, std::int64_t now);
    // 0 while too little is known, so that the server is tried. What is old counts less and less: a server
    // that was slow once is looked at again.
    float average(std::int64_t now) const;

private:
    struct Word {
        float average;
        std::uint32_t count : 2;  // of what was noted, as far as it matters
        std::uint32_t time : 30;  // of the last one, in ticks; wraps
    };
    static_assert(sizeof(Word) == sizeof(std::uint64_t));

    std::atomic<Word> word_{Word{0, 0, 0}};
};

}  // namespace aihub::serve
