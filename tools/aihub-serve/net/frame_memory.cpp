#include "tools/aihub-serve/net/frame_memory.hpp"

#include <new>
#include <utility>

namespace aihub::net {
namespace {

// Under AddressSanitizer nothing is reused, so that it sees who uses a frame that has ended.
#if __has_feature(address_sanitizer)
constexpr bool reuses = false;
#else
constexpr bool reuses = true;
#endif

}  // namespace

FrameMemory& FrameMemory::mine() {
    static thread_local FrameMemory memory;
    return memory;
}

void* FrameMemory::take(std::size_t size) {
    std::size_t list = list_of(size);
    if (!reuses || size > largest) return ::operator new(size);
    FrameMemory& memory = mine();
    Piece* piece = memory.lists_[list];
    if (!piece) return ::operator new(list * grain);
    memory.lists_[list] = piece->next;
    memory.kept_ -= list * grain;
    return piece;
}

void FrameMemory::give(void* pointer, std::size_t size) {
    std::size_t list = list_of(size);
    FrameMemory& memory = mine();
    if (!reuses || size > largest || memory.kept_ + list * grain > most_kept)
        return ::operator delete(pointer);
    memory.lists_[list] = new (pointer) Piece{memory.lists_[list]};
    memory.kept_ += list * grain;
}

// Frames that end after their thread's last moment go to the heap.
FrameMemory::~FrameMemory() {
    for (Piece*& list : lists_)
        while (list) ::operator delete(std::exchange(list, list->next));
    kept_ = most_kept;
}

}  // namespace aihub::net
