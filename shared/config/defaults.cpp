#include "shared/config/defaults.hpp"

#include <unistd.h>

#include "shared/config/address.hpp"

namespace aihub::config {
namespace {

class Deriver {
public:
    Deriver(SettingsBuilder& builder, const Surroundings& around) : builder_(builder), around_(around) {}

    void run() {
        derive("db", [&] { return database(); });
        derive("state_dir", [&] { return folder_of(text("db")); });
        derive("spool_dir", [&] { return text("state_dir"); });
        derive("access_log", [&] { return text("state_dir") + "/access.log"; });
        derive_monitoring();
        derive("listen", [&] { return address("gateway_port"); });
        derive("dashboard", [&] { return address("dashboard_port"); });
        for (std::string_view service : {"lmstudio", "kokoro", "stt", "openwebui"})
            derive_url(std::string(service) + "_url", std::string(service) + "_port");
    }

private:
    const std::string& text(std::string_view name) const { return builder_.at(name).text; }
    bool is_unset(std::string_view name) const { return builder_.settings.is_default(name); }

    template <typename Make>
    void derive(std::string_view name, Make make) {
        if (is_unset(name)) builder_.set(name, Value{make(), "default"});
    }

    std::string variable(const std::string& name) const {
        auto found = around_.variables.find(name);
        return found == around_.variables.end() ? "" : found->second;
    }

    std::string database() const {
        if (std::string data = variable("XDG_DATA_HOME"); !data.empty()) return data + "/aihub/aihub.db";
        std::string home = variable("HOME");
        if (around_.superuser || home.empty()) return "/var/lib/aihub/aihub.db";
        return home + "/.local/share/aihub/aihub.db";
    }

    static std::string folder_of(const std::string& path) {
        std::size_t slash = path.rfind('/');
        if (slash == std::string::npos) return ".";
        return slash == 0 ? "/" : path.substr(0, slash);
    }

    void derive_monitoring() {
        derive("monitoring_db_path", [&] { return text("db"); });
        derive("monitoring_state_path", [&] { return text("state_dir") + "/monitoring_state.json"; });
        const std::string& own = text("access_log");
        bool is_file = own != "-" && own != "off";
        if (is_unset("nginx_access_log") && is_file && ::access(own.c_str(), R_OK) == 0)
            builder_.set("nginx_access_log", Value{own, "default"});
    }

    std::string address(std::string_view port) const {
        bool local = is_loopback(text("lan_ip"));
        return std::string(local ? "127.0.0.1" : "0.0.0.0") + ":" + text(port);
    }

    // Keeps the port's origin: who sets LMSTUDIO_PORT has said where LM Studio is.
    void derive_url(const std::string& url, const std::string& port) {
        if (is_unset(url))
            builder_.set(url, Value{"http://127.0.0.1:" + text(port), builder_.at(port).origin});
    }

    SettingsBuilder& builder_;
    const Surroundings& around_;
};

}  // namespace

void derive_defaults(SettingsBuilder& builder, const Surroundings& around) {
    Deriver(builder, around).run();
}

}  // namespace aihub::config
