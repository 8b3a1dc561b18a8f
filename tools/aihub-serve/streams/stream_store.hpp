// All streams that can be taken up again, of all loops. One a process; any thread. It holds a stream for as
// long as somebody listens, and for the window after that.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/streams/resumable_stream.hpp"

namespace aihub::serve {

// Only streams that run count: those that have ended make place, the oldest first.
struct StreamLimits {
    std::size_t of_one_owner = 64;
    std::size_t of_all = 1024;
};

class StreamStore {
public:
    using StreamPtr = std::shared_ptr<ResumableStream>;

    explicit StreamStore(StreamLimits limits = {}) : limits_(limits) {}

    // A new stream under an id that nobody can guess; busy when there are too many.
    Result<StreamPtr> open(Owner owner, std::size_t capacity, Milliseconds window);

    // Null when there is none of that id that has begun.
    StreamPtr find(std::string_view id) const;
    // Those that have begun, the oldest first.
    std::vector<StreamPtr> of(const Owner& owner) const;

    // Ends it at once and forgets it.
    void remove(ResumableStream& stream);
    // Removes the streams that nobody has taken up within their window. From each loop's tick: who comes too
    // early does nothing.
    void sweep();
    // Interrupts both sides of every stream: the loops are about to end.
    void end();

private:
    bool make_place(const Owner& owner);
    std::vector<StreamPtr> forgotten(std::int64_t now) const;

    const StreamLimits limits_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, StreamPtr> streams_;
    std::atomic<std::int64_t> next_sweep_ms_{0};
};

}  // namespace aihub::serve
