// meter: what did the request use, and what does it cost?
#pragma once

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// Once a request is over, with the time of its end: fills x.metered when a server has done something for it,
// and gives back what the request held of its caller's limits.
void meter(Exchange& x);

// The row for the database.
db::Usage usage_row(const Exchange& x);

}  // namespace aihub::serve
