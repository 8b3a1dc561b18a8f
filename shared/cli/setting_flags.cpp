#include "shared/cli/setting_flags.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"

namespace aihub::cli {
namespace {

using config::Setting;
using config::Type;

// A boolean that is off by default is switched on by its mere flag; the others take on or off.
bool is_switch(const Setting& setting) {
    return setting.type == Type::boolean && setting.standard != "on";
}

bool has_words(const Setting& setting) {
    return setting.type == Type::text && setting.allowed.find('|') != std::string_view::npos &&
           !setting.allowed.starts_with("url") && !setting.allowed.starts_with("address");
}

std::vector<std::string> choices(const Setting& setting) {
    if (setting.type == Type::boolean && !is_switch(setting)) return {"on", "off"};
    return has_words(setting) ? split_list(setting.allowed, '|') : std::vector<std::string>{};
}

std::string value_label(const Setting& setting) {
    if (has_words(setting)) return std::string(setting.allowed);
    if (setting.allowed.starts_with("address"))
        return setting.allowed == "address" ? "ADDR:PORT" : "ADDR:PORT|off";
    if (setting.name.ends_with("_dir")) return "FOLDER";
    switch (setting.type) {
        case Type::boolean:
            return is_switch(setting) ? "" : "on|off";
        case Type::duration:
            return "TIME";
        case Type::size:
            return "SIZE";
        case Type::integer:
        case Type::number:
            return "N";
        case Type::list:
            return "LIST";
        case Type::text:
            return setting.name == "access_log" ? "FILE|-" : "FILE";
    }
    return "VALUE";
}

std::string help_text(const Setting& setting) {
    std::string text(setting.help);
    std::string more =
        setting.standard.empty() || is_switch(setting) ? "" : "default " + std::string(setting.standard);
    for (const std::string& name : split_list(setting.environment)) more += (more.empty() ? "" : "; ") + name;
    return more.empty() ? text : text + " (" + more + ")";
}

}  // namespace

void SettingFlags::add(const Setting& setting, std::vector<Argument>& arguments) {
    bool known = std::any_of(entries_.begin(), entries_.end(),
                             [&](const Entry& entry) { return entry.setting == &setting; });
    if (setting.flag.empty() || known) return;
    Entry& entry = entries_.emplace_back(Entry{&setting});
    Argument argument{.names = std::string(setting.flag),
                      .value = value_label(setting),
                      .help = help_text(setting),
                      .target = &entry.value,
                      .choices = choices(setting)};
    if (setting.type == Type::list) argument.target = &entry.values, argument.repeatable = true;
    if (is_switch(setting)) argument.target = &entry.given, argument.maximum = 0;
    arguments.push_back(std::move(argument));
}

void SettingFlags::collect(config::Flags& flags) const {
    for (const Entry& entry : entries_) {
        std::string flag(entry.setting->flag);
        if (entry.given) flags[flag] = "on";
        if (entry.value) flags[flag] = *entry.value;
        for (const std::string& value : entry.values) {
            std::string& joined = flags[flag];
            joined += (joined.empty() ? "" : ",") + value;
        }
    }
}

}  // namespace aihub::cli
