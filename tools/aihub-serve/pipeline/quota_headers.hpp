// The x-ratelimit headers of OpenAI's API reference: what a caller's limits are, what is left of them, and
// how long until all of it is free again ("1s", "6m0s", "120ms").
#pragma once

#include <string>

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// Lines with their CRLF; nothing for a caller without limits.
std::string quota_headers(const Exchange& x);
void append_quota_headers(const Exchange& x, std::string& head);

// A span as Go prints durations, which is what those headers hold.
std::string quota_duration(std::int64_t ms);

}  // namespace aihub::serve
