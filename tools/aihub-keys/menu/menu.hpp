// The menu of aihub-keys: what it does without arguments for somebody at a terminal. It is drawn on the
// terminal itself, so that stdout may be anything. Blocking; main thread.
#pragma once

#include "shared/cli/tool.hpp"

namespace aihub::keys {

// Until the person leaves. Where nobody can be asked: the usage on stderr, and no_terminal.
Result<void> open_menu(const cli::Tool& tool, cli::Output& out);

}  // namespace aihub::keys
