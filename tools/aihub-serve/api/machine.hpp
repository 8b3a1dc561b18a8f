// How busy this machine is, from /proc. Blocking (a few small files of the kernel); any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace aihub::serve {

struct Machine {
    std::int64_t cpu_hundredths = 0;  // percent since the last look, of all cores
    std::int64_t memory_total_kib = 0;
    std::int64_t memory_used_kib = 0;  // what programs could not get
};

// The first look counts from the machine's start.
Machine look_at_machine();

// Clock ticks of all cores since the machine's start, from the text of /proc/stat.
struct CpuTicks {
    std::uint64_t busy = 0;
    std::uint64_t all = 0;
};
CpuTicks cpu_ticks(std::string_view proc_stat);

// The KiB behind a name in the text of /proc/meminfo ("MemTotal"); 0 when it is not there.
std::int64_t memory_kib(std::string_view proc_meminfo, std::string_view name);

}  // namespace aihub::serve
