// Defaults that depend on other settings or on the machine. Private to shared/config.
#pragma once

#include "shared/config/configuration.hpp"
#include "shared/config/settings_builder.hpp"

namespace aihub::config {

// Fills in what nobody set: the database's place, the folder and files beside it, the addresses, the
// services' URLs.
void derive_defaults(SettingsBuilder& builder, const Surroundings& around);

}  // namespace aihub::config
