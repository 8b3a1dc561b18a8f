#include "tools/aihub-serve/net/frame_memory.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace aihub::net {
namespace {

TEST_CASE("frames of any size have memory of their own, again and again") {
    constexpr std::size_t sizes[] = {1, 63, 64, 65, 500, 1500, 4096, 5000};
    for (int round = 0; round < 3; ++round) {
        std::vector<std::pair<void*, std::size_t>> taken;
        std::set<void*> different;
        for (std::size_t size : sizes) {
            for (int i = 0; i < 10; ++i) {
                taken.emplace_back(FrameMemory::take(size), size);
                std::memset(taken.back().first, round, size);
                different.insert(taken.back().first);
            }
        }
        CHECK(different.size() == taken.size());
        for (auto [memory, size] : taken) FrameMemory::give(memory, size);
    }
}

TEST_CASE("a frame may end on another thread than it began on, and outlive its own") {
    void* memory = nullptr;
    std::thread([&memory] { memory = FrameMemory::take(300); }).join();
    std::memset(memory, 1, 300);
    std::thread([memory] { FrameMemory::give(memory, 300); }).join();
}

}  // namespace
}  // namespace aihub::net
