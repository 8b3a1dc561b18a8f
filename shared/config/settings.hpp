// Every setting of every program: one table, a row a setting. The row feeds the parser, --help,
// --print-config (with the origin of each value) and the check of the man pages. Order: flag, environment,
// .env, aihub.json, default.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/units.hpp"

namespace aihub::config {

enum class Type { text, integer, number, boolean, size, duration, list };

struct Setting {
    std::string_view name;  // key in aihub.json; a dot reaches into an object ("pricing.input_per_1k")
    Type type;
    std::string_view standard;     // the default, as one would write it; empty: none
    std::string_view environment;  // names, comma-separated: the first that is set counts
    std::string_view flag;         // "--listen", or empty
    bool reloadable;               // takes effect on SIGHUP
    bool secret;                   // shown as its first characters and the last four
    std::string_view help;         // what changing it does
    std::string_view allowed =
        {};  // "json|text", "0..65535", "400..599|off", "more than 0", "level", "url", "address"; empty: any
};

std::span<const Setting> settings_table();
// The row of that name, or nullptr.
const Setting* find_setting(std::string_view name);

// A value and where it came from: "flag --listen", "environment GATEWAY_PORT", ".env GATEWAY_PORT",
// "aihub.json:12", "default".
struct Value {
    std::string text;
    std::string origin;
};

// "ahk_…x7Qz"; nothing but "…" of a secret too short to show a part of.
std::string mask_secret(std::string_view secret);

// All rows as the man page lists them, in mdoc: name, environment, flag, default, help.
std::string render_settings_reference();

// Immutable once loaded: a reload makes a new one. Asking for an unknown name or with the wrong type is a bug
// (abort); text() answers for every type, a boolean as "on" or "off".
class Settings {
public:
    const Value& at(std::string_view name) const;
    bool is_default(std::string_view name) const;
    const std::string& text(std::string_view name) const;
    std::int64_t integer(std::string_view name) const;
    double number(std::string_view name) const;
    bool boolean(std::string_view name) const;
    std::uint64_t size(std::string_view name) const;
    Milliseconds duration(std::string_view name) const;
    std::vector<std::string> list(std::string_view name) const;

    // The value as it may be shown: secrets masked, control bytes escaped.
    std::string shown(std::string_view name) const;

    // All values with origin, secrets masked, a line each: "gateway_port = 8080   # default".
    std::string print() const;

private:
    friend struct SettingsBuilder;
    std::map<std::string, Value, std::less<>> values_;
};

}  // namespace aihub::config
