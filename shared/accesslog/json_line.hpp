// From the members of a JSON log line to an entry: the gateway's own lines, and nginx's in whatever
// log_format. Pure; one thread each.
#pragma once

#include <optional>
#include <string>

#include "shared/accesslog/entry.hpp"
#include "shared/accesslog/json_fields.hpp"
#include "shared/accesslog/key_mark.hpp"

namespace aihub::accesslog {

// Why it is no request, in words; nothing when `entry` (but its path, and with secrets not yet masked) is
// made.
std::optional<std::string> read_json_entry(const JsonFields& fields, KeyMark& key, Entry& entry);

}  // namespace aihub::accesslog
