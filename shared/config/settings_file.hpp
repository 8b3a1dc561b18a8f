// What an aihub.json says, checked key by key. Pure: the text comes in, values and mistakes come out. Private
// to shared/config and its fuzz target.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::config {

// What the file says of one service, by field name: "url", "body_limit", …
struct ServiceEntry {
    std::string name;
    std::string origin;  // "aihub.json:30"
    bool removed = false;
    std::map<std::string, Value, std::less<>> fields = {};
};

struct SettingsFile {
    std::map<std::string, Value, std::less<>> values;  // canonical, by the name of the row
    std::vector<ServiceEntry> services;
    std::vector<HubInstance> hubs;
    std::vector<LoadedModel> loaded_models;
    std::vector<ModelAlias> aliases;
    std::vector<ModelConfig> models;
    std::vector<ServiceGroup> groups;
    std::vector<TierConfig> tiers;
};

// `label` is the file's name as messages show it. Mistakes are appended.
SettingsFile read_settings_file(const std::string& label, std::string_view text,
                                std::vector<Error>& mistakes);

// Is it the config.json of the older gateway, and not some other program's?
bool is_gateway_config(std::string_view text);

}  // namespace aihub::config
