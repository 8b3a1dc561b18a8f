// The only way to make Settings. Private to shared/config.
#pragma once

#include <string>
#include <string_view>

#include "shared/config/settings.hpp"

namespace aihub::config {

struct SettingsBuilder {
    Settings settings;

    const Value& at(std::string_view name) const { return settings.at(name); }
    void set(std::string_view name, Value value) {
        settings.values_.insert_or_assign(std::string(name), std::move(value));
    }
};

}  // namespace aihub::config
