// Rows of the settings table as options of a command line. Owned by one Tool. Private to shared/cli.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "shared/cli/command.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::cli {

class SettingFlags {
public:
    // Appends the row's option to `arguments`; a row without a flag, or one that is there already, adds
    // nothing.
    void add(const config::Setting& setting, std::vector<Argument>& arguments);
    // What was given, as config::load wants it.
    void collect(config::Flags& flags) const;

private:
    struct Entry {
        const config::Setting* setting;
        std::vector<std::string> values = {};  // of a list
        std::optional<std::string> value = {};
        bool given = false;  // of a switch
    };
    std::deque<Entry> entries_;  // a deque: arguments point into it
};

}  // namespace aihub::cli
