#include "tools/aihub-serve/api/machine.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {

TEST_CASE("time that a core waits or idles is not busy, and guests are not counted twice") {
    CpuTicks ticks = cpu_ticks("cpu  10 1 5 100 20 2 3 4 50 60\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
    CHECK(ticks.all == 145);
    CHECK(ticks.busy == 25);
    CHECK(cpu_ticks("").all == 0);
}

TEST_CASE("memory is found by its whole name") {
    const char* text = "MemTotal:        2048 kB\nMemAvailable:    512 kB\n";
    CHECK(memory_kib(text, "MemTotal") == 2048);
    CHECK(memory_kib(text, "MemAvailable") == 512);
    CHECK(memory_kib(text, "Mem") == 0);
}

TEST_CASE("this machine has memory, and no more than all of it is used") {
    Machine machine = look_at_machine();
    CHECK(machine.memory_total_kib > 0);
    CHECK(machine.memory_used_kib > 0);
    CHECK(machine.memory_used_kib < machine.memory_total_kib);
    CHECK(machine.cpu_hundredths >= 0);
    CHECK(machine.cpu_hundredths <= 10'000);
}

}  // namespace aihub::serve
