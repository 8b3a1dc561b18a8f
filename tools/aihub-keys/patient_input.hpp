// Standard input that says nothing must not hold up a script: what is read from it has to begin, and to go
// on, within a time. Blocking; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shared/base/result.hpp"
#include "shared/cli/command.hpp"

namespace aihub::keys {

// --wait: how long stdin may be silent.
void add_wait_option(cli::Command& command, std::string& wait);

enum class Amount { one_line, everything };

// What stdin holds, up to its end or the end of its first line. no_terminal when it stays silent for `wait`
// ("3s"; "off": for ever), io when it cannot be read, invalid_input for more than `most` bytes. `what` is for
// the messages: "a token".
Result<std::string> read_stdin(const std::string& what, const std::string& wait, Amount amount,
                               std::size_t most = 256U * 1024 * 1024);

// One line that a person types, unseen, at the terminal of stdin. A signal that ends the program leaves the
// terminal as it was.
Result<std::string> ask_unseen(const std::string& question);

}  // namespace aihub::keys
