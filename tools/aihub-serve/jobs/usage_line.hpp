// Rows of usage as lines of JSON: the form in which they wait on disk, and what a line of the access log
// tells of one. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/db/usage.hpp"

namespace aihub::serve {

// With its line end.
std::string usage_line(const db::Usage& row);
// Nothing when the line is damaged.
std::optional<db::Usage> parse_usage_line(std::string_view line);

// The id of the row that a line of the access log speaks of; 0 when there is none. Without parsing the line.
std::int64_t usage_id_in(std::string_view access_line);

// A row as far as the access log tells of it: whose it is, it knows by the key's handle only.
struct LoggedUsage {
    db::Usage row;
    std::string key_id;  // empty: nobody's
};
// Nothing when the line is damaged or speaks of no usage.
std::optional<LoggedUsage> parse_access_line(std::string_view access_line);

}  // namespace aihub::serve
