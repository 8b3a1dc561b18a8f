#include "shared/cli/print_config.hpp"

#include <utility>

namespace aihub::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
}

Table settings_table(const config::Configuration& configuration) {
    Table table{"aihub.config/1", "settings", {{"name", "Name"}, {"value", "Value"}, {"origin", "Origin"}}};
    for (const config::Setting& setting : config::settings_table())
        table.rows.push_back({setting.name, configuration.settings.shown(setting.name),
                              configuration.settings.at(setting.name).origin});
    for (const config::ServiceConfig& service : configuration.services)
        table.rows.push_back({"services." + service.name, joined(service.urls), service.origin});
    return table;
}

}  // namespace

void print_configuration(Output& out, const config::Configuration& configuration) {
    if (out.wants_json()) return out.print(settings_table(configuration));
    out.write(configuration.settings.print());
    for (const config::ServiceConfig& service : configuration.services)
        out.line("services." + service.name + " = " + joined(service.urls) + "   # " + service.origin);
}

Result<void> check_configuration(Output& out, const config::Flags& flags) {
    std::vector<Error> mistakes = config::find_mistakes(flags);
    if (!mistakes.empty()) {
        for (std::size_t i = 0; i + 1 < mistakes.size(); ++i) out.report(mistakes[i]);
        return mistakes.back();
    }
    Result<config::Configuration> configuration = config::load(flags);
    if (!configuration) return configuration.error();
    if (out.wants_json())
        out.print(
            Record{"aihub.config_check/1", {{"ok", Cell::boolean(true)}, {"file", configuration->file}}});
    else
        out.line(configuration->file.empty() ? "the settings are fine" : configuration->file + " is fine");
    return {};
}

}  // namespace aihub::cli
