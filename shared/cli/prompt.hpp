// Questions to the person at the terminal, on stderr. Blocking; one thread.
#pragma once

#include <string>

#include "shared/base/result.hpp"

namespace aihub::cli {

// True when somebody is there: stdin and stderr are terminals, and neither CI nor AIHUB_NO_INPUT is set.
bool can_ask();

// "y" or "yes" is true, anything else, also end of input, false. no_terminal when nobody can be asked; its
// hint names `flag`, which answers beforehand.
Result<bool> confirm(const std::string& question, const std::string& flag);

}  // namespace aihub::cli
