// A server that may get a request, and how it would get it. Lives as long as the request; points into the
// request's picture.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/translate/api.hpp"

namespace aihub::serve {

struct Candidate {
    const Upstream* upstream = nullptr;
    std::string model;  // as the server calls it; empty: as the request has it
    std::optional<translate::Api>
        api;             // what the server is spoken to in, when that is not what the client speaks
    bool trial = false;  // the one request that tries whether a server is back
    bool stands_in =
        false;  // has another model than the one that was asked for: tried after those that have it
};

// Servers to try, in order.
using Candidates = std::vector<Candidate>;

}  // namespace aihub::serve
