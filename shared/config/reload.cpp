#include "shared/config/reload.hpp"

#include "shared/config/fixed_paths.hpp"
#include "shared/config/settings_builder.hpp"

namespace aihub::config {
namespace {

bool has_tls(const Settings& settings) {
    return !settings.text("tls_certificate").empty();
}

// A default may follow what is on the disk (nginx_access_log): then nobody has asked for anything.
bool was_asked_for(const Settings& running, const Settings& fresh, std::string_view name) {
    return fresh.text(name) != running.text(name) && !(fresh.is_default(name) && running.is_default(name));
}

Result<void> check_base_path(const Configuration& fresh) {
    std::string_view hidden = first_segment(fresh.settings.text("base_path"));
    for (const ServiceConfig& service : fresh.services)
        if (service.name == hidden)
            return Error(ErrorCode::invalid_input,
                         service.origin + ": services." + service.name + ": base_path still is " +
                             fresh.settings.text("base_path") + ", which hides it",
                         "restart the gateway, or choose another name");
    return {};
}

}  // namespace

Result<Reloaded> reload(const Settings& running, Configuration fresh) {
    if (has_tls(running) != has_tls(fresh.settings))
        return Error(ErrorCode::invalid_input,
                     has_tls(running) ? "tls_certificate: a reload cannot switch HTTPS off"
                                      : fresh.settings.at("tls_certificate").origin +
                                            ": tls_certificate: a reload cannot switch HTTPS on",
                     "restart the gateway");
    Reloaded result{std::move(fresh), {}};
    SettingsBuilder builder{std::move(result.configuration.settings)};
    for (const Setting& row : settings_table()) {
        if (row.reloadable) continue;
        if (was_asked_for(running, builder.settings, row.name))
            result.needs_restart.append(result.needs_restart.empty() ? "" : ", ").append(row.name);
        builder.set(row.name, running.at(row.name));
    }
    result.configuration.settings = std::move(builder.settings);
    if (Result<void> fits = check_base_path(result.configuration); !fits) return fits.error();
    return result;
}

}  // namespace aihub::config
