// A connection inside the process: two wires of one loop, so that a session can serve a call of our own as it
// serves a client's. Fails with io when no descriptors are left.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/net/wire.hpp"

namespace aihub::net {

struct WirePair {
    WirePtr client;
    WirePtr server;
};

// The server's end believes to be connected to `client_address`. The loop's thread.
Result<WirePair> make_wire_pair(Loop& loop, const std::string& client_address);

}  // namespace aihub::net
