// Starts a coroutine that nobody awaits; its end is reported, so that no failure goes unseen.
#pragma once

#include <functional>

#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::net {

// `ended` runs on the loop; `crashed` when an exception came out of the task. From the loop's thread, or
// before it runs.
void spawn(Loop& loop, Task<void> task, std::function<void(bool crashed)> ended);

}  // namespace aihub::net
