#include "shared/cli/look.hpp"

#include <cstdlib>
#include <string>

#include "shared/base/strings.hpp"

namespace aihub::cli {
namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// By the names alone: a locale that is not installed here says the same about the terminal.
std::string_view locale_name() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
        if (!variable(name).empty()) return variable(name);
    return "C";
}

bool speaks_utf8(std::string_view locale) {
    std::string name = to_lower(locale);
    return name.find("utf-8") != std::string::npos || name.find("utf8") != std::string::npos;
}

}  // namespace

Look look_from_environment() {
    std::string_view term = variable("TERM");
    Look look;
    look.utf8 = speaks_utf8(locale_name());
    look.colour = variable("NO_COLOR").empty();
    look.plain = term.empty() || term == "dumb" || term == "unknown";
    return look;
}

}  // namespace aihub::cli
