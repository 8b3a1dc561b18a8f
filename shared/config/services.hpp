// The services that the settings and the file describe together. Pure. Private to shared/config.
#pragma once

#include <string>
#include <vector>

#include "shared/config/settings_file.hpp"

namespace aihub::config {

// The five standard services as the settings have them, then what the file adds, changes or removes. An URL
// that a flag or a variable gives wins over the file's. `file` is the label that values from the file have as
// origin.
std::vector<ServiceConfig> build_services(const Settings& settings, const SettingsFile& said,
                                          const std::string& file, std::vector<Error>& mistakes);

}  // namespace aihub::config
