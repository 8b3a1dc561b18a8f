// Replies of the gateway's own endpoints, and how failures of the modules below become statuses.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

Reply json_reply(std::string body);
Reply problem_reply(const Exchange& x, const Problem& problem);

// invalid_input 422, not_found 404, conflict 409, unauthorized 403, busy and unavailable 503, else 500.
Problem problem_of(const Error& error);
Reply failure_reply(const Exchange& x, const Error& error);

}  // namespace aihub::serve
