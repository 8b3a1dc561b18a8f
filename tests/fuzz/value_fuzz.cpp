// Values of settings, of every type: what is accepted is accepted again, unchanged. First byte: which
// setting.
#include "shared/config/settings.hpp"
#include "shared/config/value_check.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace aihub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::span<const config::Setting> table = config::settings_table();
    const config::Setting& setting = table[data[0] % table.size()];
    Result<std::string> once = config::canonical_value(setting, fuzz::text_of(data + 1, size - 1));
    if (!once) return 0;
    Result<std::string> twice = config::canonical_value(setting, *once);
    fuzz::require(twice.has_value() && *twice == *once,
                  "a value that was accepted is accepted again, unchanged");
    return 0;
}
