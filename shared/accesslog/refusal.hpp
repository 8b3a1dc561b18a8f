// Sentences that say why a line of a log was not taken. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace aihub::accesslog {

// `the status "2OO" is not a number`: what the line gives is shown as far as it is short and without what
// would drive a terminal.
std::string refuse_value(std::string_view name, std::string_view value, std::string_view expected);

// For a time that parse_log_time() does not know.
std::string refuse_time(std::string_view value);

}  // namespace aihub::accesslog
