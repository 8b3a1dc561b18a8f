// aihub.json: any bytes give settings or mistakes that name a line, and what is accepted is readable by its
// type.
#include "shared/config/settings_file.hpp"
#include "shared/config/value_check.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace aihub;
using aihub::fuzz::require;

namespace {

void check_value(const std::string& name, const config::Value& value) {
    const config::Setting* row = config::find_setting(name);
    require(row != nullptr, "a value belongs to a row");
    Result<std::string> again = config::canonical_value(*row, value.text);
    require(value.text.empty() || (again && *again == value.text),
            "an accepted value is accepted again, unchanged");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<Error> mistakes;
    config::SettingsFile file = config::read_settings_file("f", fuzz::text_of(data, size), mistakes);
    for (const auto& [name, value] : file.values) check_value(name, value);
    for (const Error& each : mistakes) {
        require(each.message.starts_with("f:"), "a mistake names its line");
        require(each.message.find('\n') == std::string::npos, "a mistake is one line");
        require(!each.hint.empty(), "a mistake says what to do");
    }
    return 0;
}
