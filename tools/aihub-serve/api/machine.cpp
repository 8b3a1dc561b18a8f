#include "tools/aihub-serve/api/machine.hpp"

#include <mutex>

#include "shared/base/files.hpp"
#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

std::int64_t hundredths_busy(const CpuTicks& before, const CpuTicks& now) {
    std::uint64_t all = now.all - before.all;
    if (now.all <= before.all || now.busy < before.busy) return 0;
    return static_cast<std::int64_t>((now.busy - before.busy) * 10'000 / all);
}

}  // namespace

CpuTicks cpu_ticks(std::string_view proc_stat) {
    // cpu user nice system idle iowait irq softirq steal …: guests are part of user.
    constexpr std::size_t idle = 3;
    constexpr std::size_t waiting = 4;
    constexpr std::size_t counted = 8;
    CpuTicks ticks;
    std::size_t column = 0;
    for (std::string_view word : split(proc_stat.substr(0, proc_stat.find('\n')), ' ')) {
        std::optional<std::uint64_t> number = parse_unsigned(word);
        if (!number || column == counted) continue;
        ticks.all += *number;
        if (column != idle && column != waiting) ticks.busy += *number;
        ++column;
    }
    return ticks;
}

std::int64_t memory_kib(std::string_view proc_meminfo, std::string_view name) {
    for (std::string_view line : split(proc_meminfo, '\n')) {
        if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
        std::string_view value = trim(line.substr(name.size() + 1));
        return static_cast<std::int64_t>(parse_unsigned(value.substr(0, value.find(' '))).value_or(0));
    }
    return 0;
}

Machine look_at_machine() {
    static std::mutex mutex;
    static CpuTicks last;
    Machine machine;
    {
        std::lock_guard lock(mutex);
        CpuTicks now = cpu_ticks(read_file("/proc/stat").value_or(""));
        machine.cpu_hundredths = hundredths_busy(last, now);
        last = now;
    }
    std::string memory = read_file("/proc/meminfo").value_or("");
    machine.memory_total_kib = memory_kib(memory, "MemTotal");
    machine.memory_used_kib = machine.memory_total_kib - memory_kib(memory, "MemAvailable");
    return machine;
}

}  // namespace aihub::serve
