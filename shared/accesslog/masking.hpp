// What of a request's target may be written down: values of secrets in a query become ***, and so does the
// token in a live voice path. For whatever logs a target or keeps one from a log. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace aihub::accesslog {

// Whether there may be something to mask: a quick look, so that most targets need not be copied.
bool may_hold_secrets(std::string_view target);

// `target` with its secrets masked, behind what `out` holds. Also for a whole URL, as a referer is.
void append_masked(std::string& out, std::string_view target);

}  // namespace aihub::accesslog
