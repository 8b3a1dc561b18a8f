#include "shared/accesslog/refusal.hpp"

#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

constexpr std::size_t most_shown = 40;

}  // namespace

std::string refuse_value(std::string_view name, std::string_view value, std::string_view expected) {
    std::string shown = printable(value.substr(0, most_shown));
    if (value.size() > most_shown) shown += "…";
    return std::string("the ").append(name) + " \"" + shown + "\" is not " + std::string(expected);
}

std::string refuse_time(std::string_view value) {
    return refuse_value("time", value,
                        "one of 2026-01-31T09:30:00+01:00, 31/Jan/2026:09:30:00 +0100, seconds since 1970");
}

}  // namespace aihub::accesslog
