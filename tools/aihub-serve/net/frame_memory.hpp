// Memory for coroutine frames: lists of what frames of about that size have left, one a thread. A request has
// a dozen frames, and hundreds of requests come and go at the same time: Asio's own cache searches one short
// list for the first piece that is large enough, so that small frames take what large ones would have needed.
#pragma once

#include <array>
#include <cstddef>

namespace aihub::net {

class FrameMemory {
public:
    // Of this thread; from the heap when the lists have none.
    static void* take(std::size_t size);
    // `size` as it was taken. Any thread's.
    static void give(void* memory, std::size_t size);

    ~FrameMemory();

private:
    struct Piece {
        Piece* next;
    };
    static constexpr std::size_t grain = 64;
    static constexpr std::size_t largest = 4096;  // bytes that are kept for reuse
    static constexpr std::size_t most_kept = 512 * 1024;

    static std::size_t list_of(std::size_t size) { return (size + grain - 1) / grain; }
    static FrameMemory& mine();

    std::array<Piece*, largest / grain + 1> lists_{};
    std::size_t kept_ = 0;  // bytes
};

}  // namespace aihub::net
