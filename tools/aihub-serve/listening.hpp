// The sockets of the gateway's addresses, from the settings to the loops: bound, or inherited from the
// gateway that runs already, then dealt out. Main thread, while the gateway starts; an address that cannot be
// had is an error that names it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/aihub-serve/handover.hpp"
#include "tools/aihub-serve/loop_runner.hpp"

namespace aihub::serve {

// `sockets` for each address that is `asked` for. With an inheritance, nobody can connect to what is bound
// here for the first time until net::begin_listening(): another gateway serves.
Result<std::vector<net::ListeningAddress>> bind_addresses(const std::vector<std::string>& asked,
                                                          std::size_t sockets, Inheritance* inheritance);

// A listener on each socket; before the loops start.
Result<void> deal(const std::vector<net::ListeningAddress>& addresses,
                  const std::vector<std::unique_ptr<LoopRunner>>& loops);

// Has `runner` serve who is in the queues of sockets that are not wanted any more.
void retire(const std::vector<net::ListeningAddress>& unwanted, LoopRunner& runner);

}  // namespace aihub::serve
