#include "tools/aihub-serve/net/spawn.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace aihub::net {

void spawn(Loop& loop, Task<void> task, std::function<void(bool)> ended) {
    asio::co_spawn(loop.context(), std::move(task),
                   [ended = std::move(ended)](std::exception_ptr error) { ended(error != nullptr); });
}

}  // namespace aihub::net
